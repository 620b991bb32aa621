#include "adapters/external_metrics/board_frame.h"

#include <nlohmann/json.hpp>

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::json;

std::int64_t CountOf(TimePoint time) {
  return time.time_since_epoch().count();
}

Json ToRow(const BoardItem& item) {
  Json row = {item.key.namespace_name, item.key.metric, item.key.profile, item.why_missing};
  if (!item.latest) return row;
  row.push_back(item.latest->value);
  row.push_back(CountOf(item.latest->measured_at));
  row.push_back(item.latest->window.count());
  row.push_back(item.latest->max_age.count());
  Json labels = Json::array();
  for (const auto& [name, value] : item.latest->labels) labels.push_back({name, value});
  row.push_back(std::move(labels));
  return row;
}

// The library throws at what is of another type; this is where that ends.
template <class Value, class Read>
[[nodiscard]] Result<Value> Guarded(const Read& read) {
  try {
    return read();
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string("this is no board of version 1: ") + error.what());
  }
}

MetricKey KeyOf(const Json& row) {
  return {row.at(0).get<std::string>(), row.at(1).get<std::string>(), row.at(2).get<std::string>()};
}

TimePoint TimeOf(const Json& count) {
  return TimePoint(Duration(count.get<std::int64_t>()));
}

BoardItem ItemOf(const Json& row) {
  BoardItem item{.key = KeyOf(row), .why_missing = row.at(3).get<std::string>()};
  if (row.size() == 4) return item;
  PublishedMetric latest{.value = row.at(4).get<double>(),
                         .measured_at = TimeOf(row.at(5)),
                         .window = Duration(row.at(6).get<std::int64_t>()),
                         .max_age = Duration(row.at(7).get<std::int64_t>())};
  for (const Json& label : row.at(8))
    latest.labels.emplace_back(label.at(0).get<std::string>(), label.at(1).get<std::string>());
  item.latest = std::move(latest);
  return item;
}

BoardFrame FrameOf(const Json& json) {
  BoardFrame frame{.is_whole = json.at("whole").get<bool>()};
  for (const Json& move : json.at("moves"))
    frame.moves.emplace_back(TimeOf(move.at(0)), TimeOf(move.at(1)));
  for (const Json& row : json.at("changed")) frame.changed.push_back(ItemOf(row));
  for (const Json& row : json.at("retired")) frame.retired.push_back(KeyOf(row));
  return frame;
}

}  // namespace

std::string ToJson(const BoardFrame& frame) {
  Json json = {{"whole", frame.is_whole},
               {"moves", Json::array()},
               {"changed", Json::array()},
               {"retired", Json::array()}};
  for (const auto& [from, to] : frame.moves) json["moves"].push_back({CountOf(from), CountOf(to)});
  for (const BoardItem& item : frame.changed) json["changed"].push_back(ToRow(item));
  for (const MetricKey& key : frame.retired)
    json["retired"].push_back({key.namespace_name, key.metric, key.profile});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<BoardAnswer> ParseBoardAnswer(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  return Guarded<BoardAnswer>([&]() -> Result<BoardAnswer> {
    if (json.at("version").get<int>() != 1)
      return Fail(ErrorCode::kInvalidArgument,
                  "the board is of version " + json.at("version").dump() + "; expected 1");
    BoardAnswer answer{.tag = json.at("tag").get<std::string>(),
                       .age = std::chrono::milliseconds(json.at("ageMs").get<std::int64_t>())};
    if (answer.age < Duration(0))
      return Fail(ErrorCode::kInvalidArgument, "the age of the board is negative");
    for (const Json& frame : json.at("frames")) answer.frames.push_back(FrameOf(frame));
    return answer;
  });
}

}  // namespace loadcurve::external_metrics
