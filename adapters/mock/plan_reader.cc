#include "adapters/mock/plan_reader.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "adapters/mock/plan_fields.h"

namespace loadcurve::mock {
namespace {

using profile_codec::Fields;
using profile_codec::Reading;

constexpr std::array kFaultKinds = {FaultKind::kStatus, FaultKind::kReset, FaultKind::kHang,
                                    FaultKind::kCut,    FaultKind::kSlow,  FaultKind::kSlowStart};

// Reads the file into a plan, field by field; faults of the text stay in the reading.
class PlanReader {
 public:
  explicit PlanReader(MockPlan& plan) : plan_(plan) {
    for (const MockRoute& route : plan.routes) names_.insert(route.name);
  }

  void Read(Fields& fields) {
    fields.Object("pools", [this](Fields& pools) {
      pools.EachField([&](const std::string& name) {
        pools.Object(name, [&](Fields& pool) { ReadPool(pool, plan_.pools[name]); });
      });
    });
    fields.Each("routes", [this](Fields& route) { ReadRoute(route); });
    fields.Object("otherwise", [this](Fields& route) { ReadAnswer(route, plan_.otherwise); });
    fields.Each("faults", [this](Fields& fault) { ReadFault(fault); });
    fields.Finish();
  }

 private:
  static void ReadPool(Fields& fields, PoolRule& pool) {
    fields.Require("workers", "a whole number of 1 or more");
    ReadWhole(fields, "workers", {1, 1'000'000}, pool.workers);
    ReadWhole(fields, "queue", {0, 1'000'000}, pool.max_waiting);
    ReadWhole(fields, "status", {200, 599}, pool.overflow_status);
  }

  void ReadRoute(Fields& fields) {
    MockRoute route;
    std::string templated;
    std::string expression;
    fields.Text("route", templated);
    fields.Text("match", expression);
    if (fields.Has("route") == fields.Has("match"))
      fields.Refuse(fields.Has("match") ? "match" : "route",
                    "either a route, as in GET /item/{id}, or a match, a regular expression");
    const char* const field = fields.Has("route") ? "route" : "match";
    if (fields.Has("route")) {
      if (const auto made = ExpressionOf(templated))
        expression = *made;
      else
        fields.Refuse("route", "METHOD /path, as in GET /item/{id} or * /static/*");
    }
    re2::RE2::Options quiet;
    quiet.set_log_errors(false);
    const auto match = std::make_shared<const re2::RE2>(expression, quiet);
    if (!match->ok()) fields.Refuse(field, "a regular expression of RE2");
    route.match = match;
    route.name = templated.empty() ? expression : templated;
    fields.Text("name", route.name);
    if (!names_.insert(route.name).second)
      fields.Refuse(fields.Has("name") ? "name" : field, "a name that no route before it has");
    ReadAnswer(fields, route);
    plan_.routes.push_back(std::move(route));
  }

  void ReadAnswer(Fields& fields, MockRoute& route) {
    ReadLatency(fields, "latency", route.latency);
    ReadSize(fields, "size", route.size);
    ReadStatuses(fields, "status", route.statuses);
    ReadHeaders(fields, "headers", route.headers);
    fields.Text("body", route.body);
    if (fields.Has("body") && fields.Has("size")) fields.Refuse("body", "either a size or a body");
    fields.Text("pool", route.pool);
    if (!route.pool.empty() && !plan_.pools.contains(route.pool))
      fields.Refuse("pool", "the name of one of the pools");
  }

  void ReadFault(Fields& fields) {
    FaultRule fault;
    fields.Require("name", "a name to switch it by");
    fields.Text("name", fault.name);
    if (fields.Has("name") && (fault.name.empty() || fault.name.find('/') != std::string::npos ||
                               !fault_names_.insert(fault.name).second))
      fields.Refuse("name", "a name without '/' that no fault before it has");
    ReadKind(fields, fault.kind);
    fields.Texts("routes", fault.routes);
    for (const std::string& route : fault.routes) {
      if (!names_.contains(route))
        fields.Refuse("routes", "names of routes; '" + route + "' is none");
    }
    ReadShare(fields, "share", fault.share);
    ReadOwn(fields, fault);
    fields.Span("from", fault.from);
    if (fault.from < Duration(0)) fields.Refuse("from", "a duration of 0s or more");
    Duration until{0};
    fields.Span("until", until);
    if (fields.Has("until")) fault.until = until;
    if (fault.until && *fault.until <= fault.from)
      fields.Refuse("until", "a duration that is longer than from");
    fields.Flag("on", fault.is_on);
    plan_.faults.push_back(std::move(fault));
  }

  // What only one kind of fault has.
  static void ReadOwn(Fields& fields, FaultRule& fault) {
    if (fault.kind == FaultKind::kStatus) ReadWhole(fields, "status", {200, 599}, fault.status);
    if (fault.kind == FaultKind::kHang) ReadPositive(fields, "hang", fault.hang);
    const bool is_start = fault.kind == FaultKind::kSlowStart;
    if (fault.kind != FaultKind::kSlow && !is_start) return;
    fields.Number("factor", fault.factor);
    if (fault.factor < 0 || fault.factor > 1e6) fields.Refuse("factor", "a number from 0 to 1e6");
    if (is_start) {
      fields.Require("factor", "how many times longer at first, as 5");
      fields.Require("until", "when it is over, as 60s");
      return;
    }
    fields.Span("delay", fault.delay);
    if (fault.delay < Duration(0)) fields.Refuse("delay", "a duration of 0s or more");
    if (!fields.Has("factor") && !fields.Has("delay"))
      fields.Require("delay", "a delay, as 200ms, or a factor, as 5");
  }

  static void ReadKind(Fields& fields, FaultKind& kind) {
    constexpr std::string_view kExpected = "one of status, reset, hang, cut, slow and slow_start";
    fields.Require("kind", kExpected);
    std::string word;
    fields.Text("kind", word);
    if (word.empty()) return;
    const auto* const found = std::find_if(kFaultKinds.begin(), kFaultKinds.end(),
                                           [&](FaultKind known) { return Name(known) == word; });
    if (found == kFaultKinds.end()) {
      fields.Overlook();
      return fields.Refuse("kind", kExpected);
    }
    kind = *found;
  }

  MockPlan& plan_;
  std::set<std::string> names_;
  std::set<std::string> fault_names_;
};

}  // namespace

Result<MockPlan> ParsePlan(const std::string& text, const std::string& file_name, MockPlan base) {
  MockPlan plan = std::move(base);
  Reading reading(file_name);
  try {
    Fields fields(YAML::Load(text), "", reading);
    if (fields.is_mapping()) PlanReader(plan).Read(fields);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}: {}", file_name, error.mark.line + 1, error.msg));
  }
  if (reading.faults().empty()) return plan;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}", fmt::join(reading.faults(), "\n")));
}

}  // namespace loadcurve::mock
