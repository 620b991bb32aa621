#include "adapters/mock/plan_writer.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/logs/route_template.h"
#include "adapters/mock/plan_fields.h"
#include "base/time_text.h"

namespace loadcurve::mock {
namespace {

constexpr std::array kPercents = {0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0};

// 'text' with its quotes doubled, as YAML has it.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

// The values at kPercents, "{p0: 1ms, p10: ...}"; `values` is not empty.
template <class Show>
std::string Percentiles(std::vector<std::uint32_t> values, Show show) {
  std::sort(values.begin(), values.end());
  if (values.front() == values.back()) return show(values.front());
  std::string text;
  for (const double percent : kPercents) {
    const double place = percent / 100 * static_cast<double>(values.size() - 1);
    text += fmt::format("{}p{}: {}", text.empty() ? "" : ", ", percent,
                        show(values[static_cast<std::size_t>(place + 0.5)]));
  }
  return "{percentiles: {" + text + "}}";
}

std::string Statuses(const std::vector<RecordedAnswer>& answers) {
  std::map<int, double> shares;
  for (const RecordedAnswer& answer : answers)
    shares[answer.status == 0 ? 200 : answer.status] += 1 / static_cast<double>(answers.size());
  if (shares.size() == 1) return std::to_string(shares.begin()->first);
  std::string text;
  for (const auto& [status, share] : shares)
    text += fmt::format("{}{}: {:.9g}", text.empty() ? "" : ", ", status, share);
  return "{" + text + "}";
}

// "GET /static/*.js" as an expression; what a plan takes as a route stays one.
std::string Place(const std::string& name) {
  const std::size_t star = name.find('*');
  const bool is_route =
      ExpressionOf(name) && (star == std::string::npos || star + 1 == name.size());
  if (is_route) return "  - route: " + Quoted(name) + "\n";
  std::string expression = "^";
  for (const char c : name) {
    if (c == '*')
      expression += "[^?]*";
    else
      expression += re2::RE2::QuoteMeta(std::string(1, c));
  }
  return "  - match: " + Quoted(expression) + "\n    name: " + Quoted(name) + "\n";
}

std::string Answer(const std::vector<RecordedAnswer>& answers, std::string_view indent) {
  std::vector<std::uint32_t> latencies;
  std::vector<std::uint32_t> sizes;
  for (const RecordedAnswer& answer : answers) {
    latencies.push_back(answer.latency_us);
    sizes.push_back(answer.bytes);
  }
  return fmt::format(
      "{0}latency: {1}\n{0}size: {2}\n{0}status: {3}\n", indent,
      Percentiles(std::move(latencies), [](std::uint32_t us) { return ToString(Duration(us)); }),
      Percentiles(std::move(sizes), [](std::uint32_t bytes) { return std::to_string(bytes); }),
      Statuses(answers));
}

}  // namespace

std::string WritePlan(const MockPlan& recorded) {
  std::string text = "routes:\n";
  std::string otherwise;
  for (const MockRoute& route : recorded.routes) {
    if (route.match != nullptr || route.recorded.empty()) continue;
    if (route.name == logs::RouteTemplate::kOther)
      otherwise = "otherwise:\n" + Answer(route.recorded, "  ");
    else
      text += Place(route.name) + Answer(route.recorded, "    ");
  }
  return (text == "routes:\n" ? std::string("routes: []\n") : text) + otherwise;
}

}  // namespace loadcurve::mock
