#include "adapters/mock/plan_fields.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

namespace loadcurve::mock {
namespace {

using profile_codec::Fields;

constexpr double kMostBytes = 1e9;
constexpr double kLongestUs = 3600e6;

// Reads the number of one field, in the unit of the distribution.
using ReadValue = std::function<void(Fields& fields, const std::string& name, double& value)>;

void ReadMicroseconds(Fields& fields, const std::string& name, double& value) {
  Duration span{0};
  fields.Span(name, span);
  if (!fields.Has(name)) return;
  value = static_cast<double>(span.count());
  if (value < 0 || value > kLongestUs) fields.Refuse(name, "a duration from 0s to 1h");
}

void ReadBytes(Fields& fields, const std::string& name, double& value) {
  fields.Number(name, value);
  if (!fields.Has(name)) return;
  if (value < 0 || value > kMostBytes) fields.Refuse(name, "a number of bytes from 0 to 1e9");
}

// Reads a distribution out of the mapping that describes it.
class DistributionReader {
 public:
  DistributionReader(ReadValue read, std::string_view example)
      : read_(std::move(read)), example_(example) {}

  void Read(Fields& fields, const std::string& name, Distribution& value) {
    if (!fields.Has(name)) return read_(fields, name, unused_);  // so that it counts as known
    if (!fields.node()[name].IsMap()) {
      double constant = 0;
      read_(fields, name, constant);
      value = Distribution::Constant(constant);
      return;
    }
    std::size_t kinds = 0;
    fields.Object(name, [&](Fields& kind) {
      for (const char* known : {"constant", "uniform", "lognormal", "percentiles"})
        kinds += kind.Has(known) ? 1 : 0;
      double constant = 0;
      read_(kind, "constant", constant);
      if (kind.Has("constant")) value = Distribution::Constant(std::max(0.0, constant));
      ReadUniform(kind, value);
      ReadLognormal(kind, value);
      ReadPercentiles(kind, value);
    });
    if (kinds != 1)
      fields.Refuse(name, "one of " + std::string(example_) +
                              ", {constant: ...}, {uniform: {from, to}}, "
                              "{lognormal: {median, p99}}, {percentiles: {p50: ..., p99: ...}}");
  }

 private:
  void ReadUniform(Fields& kind, Distribution& value) {
    kind.Object("uniform", [&](Fields& range) {
      const auto [from, to] = ReadPair(range, "from", "to");
      Take(range, "to", Distribution::Uniform(from, to), "a value that is not below from", value);
    });
  }

  void ReadLognormal(Fields& kind, Distribution& value) {
    kind.Object("lognormal", [&](Fields& shape) {
      const auto [median, p99] = ReadPair(shape, "median", "p99");
      Take(shape, "p99", Distribution::Lognormal(median, p99),
           "a value that is not below the median, which is above 0", value);
    });
  }

  std::pair<double, double> ReadPair(Fields& fields, const char* low, const char* high) {
    std::pair<double, double> values{0, 0};
    fields.Require(low, "as " + std::string(example_));
    fields.Require(high, "as " + std::string(example_));
    read_(fields, low, values.first);
    read_(fields, high, values.second);
    return values;
  }

  void ReadPercentiles(Fields& kind, Distribution& value) {
    kind.Object("percentiles", [&](Fields& table) {
      constexpr std::string_view kExpected = "names from p0 to p100, as p50 or p99.9";
      std::vector<Distribution::Point> points;
      table.EachField([&](const std::string& name) {
        Distribution::Point& point = points.emplace_back();
        double percent = -1;
        const char* const end = name.data() + name.size();
        const auto read = std::from_chars(name.data() + 1, end, percent);
        if (!name.starts_with('p') || read.ec != std::errc() || read.ptr != end || percent < 0 ||
            percent > 100)
          table.Refuse(name, kExpected);
        point.share = percent / 100;
        read_(table, name, point.value);
      });
      std::sort(points.begin(), points.end(),
                [](const auto& a, const auto& b) { return a.share < b.share; });
      auto made = Distribution::Percentiles(std::move(points));
      if (!made)
        return kind.Refuse("percentiles",
                           "values that do not fall from one percentile to the next");
      value = *std::move(made);
    });
  }

  static void Take(Fields& fields, const std::string& name, Result<Distribution> made,
                   std::string_view expected, Distribution& value) {
    if (!made) return fields.Refuse(name, expected);
    value = *std::move(made);
  }

  ReadValue read_;
  std::string_view example_;
  double unused_ = 0;
};

bool IsToken(std::string_view text) {
  constexpr std::string_view kSeparators = "()<>@,;:\\\"/[]?={}";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return c > 0x20 && c < 0x7F && kSeparators.find(c) == std::string_view::npos;
  });
}

bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOurs = {"Content-Length", "Transfer-Encoding",
                                                     "Connection",     "Proxy-Connection",
                                                     "Upgrade",        "Keep-Alive"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [&](std::string_view ours) { return http::IsSameName(ours, name); });
}

std::optional<int> StatusIn(std::string_view text) {
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || status < 200 || status > 599)
    return std::nullopt;
  return status;
}

}  // namespace

std::optional<std::string> ExpressionOf(std::string_view route) {
  const std::size_t space = route.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view method = route.substr(0, space);
  std::string_view path = route.substr(space + 1);
  if (!path.starts_with('/') || (method != "*" && !IsToken(method)) ||
      path.find_first_of(" ?#") != std::string_view::npos)
    return std::nullopt;
  std::string expression =
      "^" + (method == "*" ? "[^ ]+" : re2::RE2::QuoteMeta({method.data(), method.size()})) + " ";
  const bool has_rest = path.ends_with('*');
  if (has_rest) path.remove_suffix(1);
  while (!path.empty()) {
    const std::size_t open = path.find('{');
    const std::string_view plain = path.substr(0, open);
    expression += re2::RE2::QuoteMeta({plain.data(), plain.size()});
    if (open == std::string_view::npos) break;
    const std::size_t close = path.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    expression += "[^/?]+";
    path.remove_prefix(close + 1);
  }
  return expression + (has_rest ? "" : R"((\?|$))");
}

void ReadShare(Fields& fields, const std::string& name, double& share) {
  fields.Number(name, share);
  if (share < 0 || share > 1) fields.Refuse(name, "a share from 0 to 1");
}

void ReadPositive(Fields& fields, const std::string& name, Duration& value) {
  fields.Span(name, value);
  if (value <= Duration(0)) fields.Refuse(name, "a duration of more than 0s");
}

void ReadLatency(Fields& fields, const std::string& name, Distribution& value) {
  DistributionReader(ReadMicroseconds, "20ms").Read(fields, name, value);
}

void ReadSize(Fields& fields, const std::string& name, std::optional<Distribution>& value) {
  Distribution read = Distribution::Constant(0);
  DistributionReader(ReadBytes, "2048").Read(fields, name, read);
  if (fields.Has(name)) value = read;
}

void ReadStatuses(Fields& fields, const std::string& name, std::vector<StatusShare>& statuses) {
  constexpr std::string_view kExpected =
      "a status from 200 to 599, or shares of them that add up to 1, as {200: 0.98, 404: 0.02}";
  if (!fields.Has(name) || !fields.node()[name].IsMap()) {
    int status = statuses.back().status;
    ReadWhole(fields, name, {200, 599}, status);
    statuses = {{.status = status}};
    return;
  }
  double sum = 0;
  bool is_right = true;
  statuses.clear();
  fields.Object(name, [&](Fields& shares) {
    shares.EachField([&](const std::string& text) {
      double share = 0;
      ReadShare(shares, text, share);
      const auto status = StatusIn(text);
      is_right = is_right && status;
      statuses.push_back({.up_to = sum += share, .status = status.value_or(200)});
    });
  });
  constexpr double kRounding = 1e-6;
  if (!is_right || std::abs(sum - 1) > kRounding) fields.Refuse(name, kExpected);
  if (statuses.empty()) statuses.emplace_back();
}

void ReadHeaders(Fields& fields, const std::string& name, http::Headers& headers) {
  fields.Object(name, [&](Fields& texts) {
    texts.EachField([&](const std::string& header) {
      std::string value;
      texts.Text(header, value);
      if (!IsToken(header) || IsOurs(header))
        texts.Refuse(header,
                     "another header: the mock writes the length and the connection itself");
      if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        texts.Refuse(header, "a text without line breaks");
      headers.emplace_back(header, std::move(value));
    });
  });
}

}  // namespace loadcurve::mock
