#include "adapters/external_metrics/media_type.h"

#include <algorithm>
#include <charconv>

#include "adapters/http/http_transport.h"

namespace loadcurve::external_metrics {
namespace {

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cuts what stands before the first `mark` off `text`.
std::string_view Cut(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return Trimmed(part);
}

struct Clause {
  std::string_view type;
  std::string_view group, version, shape, profile;
  double weight = 1;
};

Clause ParseClause(std::string_view text) {
  Clause clause{.type = Cut(text, ';'), .group = {}, .version = {}, .shape = {}, .profile = {}};
  while (!text.empty()) {
    std::string_view parameter = Cut(text, ';');
    const std::string_view name = Cut(parameter, '=');
    const std::string_view value = Trimmed(parameter);
    if (http::IsSameName(name, "g")) clause.group = value;
    if (http::IsSameName(name, "v")) clause.version = value;
    if (http::IsSameName(name, "as")) clause.shape = value;
    if (http::IsSameName(name, "profile")) clause.profile = value;
    if (http::IsSameName(name, "q"))
      std::from_chars(value.data(), value.data() + value.size(), clause.weight);
  }
  return clause;
}

MediaChoice ChoiceOf(const Clause& clause, bool offers_aggregated_discovery) {
  const bool is_json = http::IsSameName(clause.type, kJsonType);
  if (!is_json && clause.type != "*/*" && !http::IsSameName(clause.type, "application/*"))
    return MediaChoice::kNone;
  if (clause.shape.empty()) return MediaChoice::kJson;
  const bool is_aggregated = is_json && clause.group == "apidiscovery.k8s.io" &&
                             clause.version == "v2" && clause.shape == "APIGroupDiscoveryList" &&
                             (clause.profile.empty() || clause.profile == "nopeer");
  return is_aggregated && offers_aggregated_discovery ? MediaChoice::kAggregatedDiscovery
                                                      : MediaChoice::kNone;
}

}  // namespace

MediaChoice ChooseMedia(std::string_view accept, bool offers_aggregated_discovery) {
  if (Trimmed(accept).empty()) return MediaChoice::kJson;
  MediaChoice choice = MediaChoice::kNone;
  double weight = 0;
  while (!accept.empty()) {
    const Clause clause = ParseClause(Cut(accept, ','));
    const MediaChoice possible = ChoiceOf(clause, offers_aggregated_discovery);
    if (possible == MediaChoice::kNone || !(clause.weight > weight)) continue;
    choice = possible;
    weight = clause.weight;
  }
  return choice;
}

}  // namespace loadcurve::external_metrics
