#include "adapters/cloud/simulated/cloud_documents.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using capacity::CapacityOrder;
using capacity::NodeState;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using capacity::Shortfall;
using nlohmann::json;

template <class Enum>
struct Word {
  Enum value;
  const char* text;
};

constexpr std::array<Word<NodeState>, 4> kStates = {{{NodeState::kBooting, "booting"},
                                                     {NodeState::kReady, "ready"},
                                                     {NodeState::kInterrupted, "interrupted"},
                                                     {NodeState::kLeaving, "leaving"}}};
constexpr std::array<Word<Shortfall>, 5> kShortfalls = {{{Shortfall::kNone, "none"},
                                                         {Shortfall::kStock, "stock"},
                                                         {Shortfall::kQuota, "quota"},
                                                         {Shortfall::kThrottled, "throttled"},
                                                         {Shortfall::kOther, "other"}}};
constexpr std::array<Word<CapacityClass>, 3> kClasses = {{{CapacityClass::kReserved, "reserved"},
                                                          {CapacityClass::kOnDemand, "on-demand"},
                                                          {CapacityClass::kSpot, "spot"}}};

template <class Words, class Enum>
const char* TextIn(const Words& words, Enum value) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  return "";
}

// Reads the fields of one object, and remembers the first that is wrong.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object) {}

  std::string Text(const char* name) {
    const json* field = Field(name);
    if (field == nullptr || !field->is_string()) return Wrong(name, field, "a text"), "";
    return field->get<std::string>();
  }

  // >= 0
  std::int64_t Whole(const char* name) {
    const json* field = Field(name);
    if (field == nullptr || !field->is_number_integer() || field->get<std::int64_t>() < 0)
      return Wrong(name, field, "a whole number of 0 or more"), 0;
    return field->get<std::int64_t>();
  }

  // >= 0
  double Number(const char* name) {
    const json* field = Field(name);
    if (field == nullptr || !field->is_number() || !(field->get<double>() >= 0))
      return Wrong(name, field, "a number of 0 or more"), 0;
    return field->get<double>();
  }

  bool Has(const char* name) { return Field(name) != nullptr; }

  bool Flag(const char* name) {
    const json* field = Field(name);
    return field != nullptr && field->is_boolean() && field->get<bool>();
  }

  std::vector<std::string> Texts(const char* name) {
    std::vector<std::string> texts;
    const json* field = Field(name);
    if (field == nullptr || !field->is_array()) return Wrong(name, field, "a list"), texts;
    for (const json& item : *field) {
      if (!item.is_string()) return Wrong(name, field, "a list of texts"), texts;
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }

  template <class Words>
  auto Choice(const char* name, const Words& words) {
    const std::string text = Text(name);
    for (const auto& word : words)
      if (word.text == text) return word.value;
    Wrong(name, Field(name), "a word that is known");
    return words.front().value;
  }

  [[nodiscard]] Result<void> Done() const {
    if (fault_.empty()) return {};
    return Fail(ErrorCode::kInvalidArgument, fault_);
  }

 private:
  const json* Field(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  void Wrong(const char* name, const json* found, const char* expected) {
    if (!fault_.empty()) return;
    fault_ = std::string(name) + (found == nullptr ? " is absent" : " is " + found->dump()) +
             "; expected " + expected;
  }

  const json& object_;
  std::string fault_;
};

Result<json> Parsed(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded())
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text.substr(0, 80)) + "' is no JSON");
  return document;
}

// Each element of the list under `name`, read by `read`.
template <class Value, class Read>
Result<std::vector<Value>> ListIn(std::string_view text, const char* name, const Read& read) {
  LC_TRY(const json document, Parsed(text));
  if (!document.is_object() || !document.contains(name) || !document[name].is_array())
    return Fail(ErrorCode::kInvalidArgument, std::string(name) + " is no list");
  std::vector<Value> values;
  for (const json& item : document[name]) {
    Reader reader(item);
    values.push_back(read(reader));
    if (const auto done = reader.Done(); !done)
      return Within(std::string(name) + "[" + std::to_string(values.size() - 1) + "]",
                    done.error());
  }
  return values;
}

Duration SecondsOf(double seconds) {
  return Duration(static_cast<Duration::rep>(std::llround(seconds * 1e6)));
}

ProvidedNode NodeOf(Reader& reader) {
  ProvidedNode node{reader.Text("id"), reader.Text("pool"), reader.Text("token"),
                    reader.Choice("state", kStates)};
  if (reader.Has("endsInSeconds")) node.ends_in = SecondsOf(reader.Number("endsInSeconds"));
  return node;
}

CapacityOffer OfferOf(Reader& reader) {
  CapacityOffer offer;
  offer.pool = reader.Text("pool");
  offer.region = reader.Text("region");
  offer.zone = reader.Text("zone");
  offer.instance_type = reader.Text("type");
  offer.family = reader.Text("family");
  offer.capacity_class = reader.Choice("class", kClasses);
  offer.allocatable = {CpuCores(reader.Number("cpu")), Bytes(reader.Whole("memoryBytes")),
                       reader.Whole("pods")};
  offer.price = UsdPerHour(reader.Number("priceUsdPerHour"));
  offer.priced_at = ParseTime(reader.Text("pricedAt")).value_or(TimePoint());
  offer.boot = SecondsOf(reader.Number("bootSeconds"));
  offer.most_nodes = reader.Whole("mostNodes");
  return offer;
}

json JsonOf(const CapacityOffer& offer, TimePoint now) {
  return {{"pool", offer.pool},
          {"region", offer.region},
          {"zone", offer.zone},
          {"type", offer.instance_type},
          {"family", offer.family},
          {"class", TextIn(kClasses, offer.capacity_class)},
          {"cpu", offer.allocatable.cpu.value()},
          {"memoryBytes", offer.allocatable.memory.value()},
          {"pods", offer.allocatable.pods},
          {"priceUsdPerHour", offer.price.value()},
          {"pricedAt", ToRfc3339(now)},
          {"bootSeconds", Seconds(offer.boot)},
          {"mostNodes", offer.most_nodes}};
}

std::string Dumped(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string TextOf(const CapacityOrder& order) {
  return Dumped({{"token", order.token}, {"pool", order.pool}, {"nodes", order.nodes}});
}

Result<CapacityOrder> OrderOf(std::string_view text) {
  LC_TRY(const json document, Parsed(text));
  Reader reader(document);
  CapacityOrder order{reader.Text("token"), reader.Text("pool"), reader.Whole("nodes")};
  LC_TRY_VOID(reader.Done());
  if (order.nodes == 0 || order.nodes > 100'000 || order.token.empty())
    return Fail(ErrorCode::kInvalidArgument, "nodes is " + std::to_string(order.nodes) +
                                                 ", token '" + order.token +
                                                 "'; expected 1 to 100000 nodes, and a token");
  return order;
}

std::string TextOf(const OrderOutcome& outcome) {
  return Dumped({{"nodes", outcome.node_ids},
                 {"missing", outcome.missing},
                 {"why", outcome.why_missing},
                 {"shortfall", TextIn(kShortfalls, outcome.shortfall)},
                 {"allOrNothing", outcome.is_all_or_nothing}});
}

Result<OrderOutcome> OutcomeOf(std::string_view text) {
  LC_TRY(const json document, Parsed(text));
  Reader reader(document);
  OrderOutcome outcome{.node_ids = reader.Texts("nodes"),
                       .missing = reader.Whole("missing"),
                       .why_missing = reader.Text("why"),
                       .shortfall = reader.Choice("shortfall", kShortfalls),
                       .is_all_or_nothing = reader.Flag("allOrNothing")};
  LC_TRY_VOID(reader.Done());
  return outcome;
}

std::string TextOf(const std::vector<ProvidedNode>& nodes) {
  json list = json::array();
  for (const ProvidedNode& node : nodes) {
    json& item = list.emplace_back(json{{"id", node.id},
                                        {"pool", node.pool},
                                        {"token", node.token},
                                        {"state", TextIn(kStates, node.state)}});
    if (node.ends_in) item["endsInSeconds"] = Seconds(*node.ends_in);
  }
  return Dumped({{"nodes", std::move(list)}});
}

Result<std::vector<ProvidedNode>> NodesOf(std::string_view text) {
  return ListIn<ProvidedNode>(text, "nodes", NodeOf);
}

std::string TextOf(const std::vector<CapacityOffer>& offers, TimePoint now) {
  json list = json::array();
  for (const CapacityOffer& offer : offers) list.push_back(JsonOf(offer, now));
  return Dumped({{"offers", std::move(list)}});
}

Result<std::vector<CapacityOffer>> OffersOf(std::string_view text) {
  return ListIn<CapacityOffer>(text, "offers", OfferOf);
}

std::string TextOfIds(const std::vector<std::string>& node_ids) {
  return Dumped({{"nodes", node_ids}});
}

Result<std::vector<std::string>> IdsOf(std::string_view text) {
  LC_TRY(const json document, Parsed(text));
  Reader reader(document);
  std::vector<std::string> ids = reader.Texts("nodes");
  LC_TRY_VOID(reader.Done());
  return ids;
}

std::string TextOf(const LedgerReport& report) {
  return Dumped({{"bought", report.bought},
                 {"paid", report.paid},
                 {"reclaimed", report.reclaimed},
                 {"calls", report.calls},
                 {"costUsd", report.cost_usd}});
}

std::string TextOfError(std::string_view message) {
  return Dumped({{"error", message}});
}

}  // namespace loadcurve::simulated_cloud
