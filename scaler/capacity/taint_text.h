#pragma once

#include <string_view>

namespace loadcurve::capacity {

// "key=value:NoSchedule" taken apart; value and effect may be absent.
struct TaintText {
  std::string_view key;
  std::string_view value;
  std::string_view effect;
  bool has_value = false;
};

// Lives as long as `text`.
inline TaintText SplitTaint(std::string_view text) {
  TaintText taint;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    taint.effect = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const auto equals = text.find('=');
  taint.has_value = equals != std::string_view::npos;
  taint.key = text.substr(0, equals);
  if (taint.has_value) taint.value = text.substr(equals + 1);
  return taint;
}

}  // namespace loadcurve::capacity
