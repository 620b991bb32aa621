#pragma once

#include <array>
#include <string_view>

#include "adapters/logs/field_map.h"
#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {

// Gathers the fields of one line, in whatever order they come, and makes a request of them.
//
// The time the service held a request goes before the whole duration, except for what is
// held open (101, CONNECT). A request with an end ended then; with a start, at start + whole
// duration; with both and no duration, the duration is the difference.
class FieldGatherer {
 public:
  FieldGatherer(WantedFields wanted, WorkloadSource workload_source)
      : wanted_(wanted), workload_source_(workload_source) {}

  WantedFields wanted() const { return wanted_; }

  // True where a value of this source would be used.
  bool Wants(const FieldSource& source) const;

  // Forgets the line before.
  void Clear();

  // `text` as the log has it, without quotes; it must live until Finish.
  void Take(const FieldSource& source, std::string_view text);

  BadLine Finish(LoggedRequest& request) const;

 private:
  struct Slot {
    FieldState state = FieldState::kAbsent;
    const FieldSource* source = nullptr;
    std::string_view text;
    Duration duration{0};
    TimePoint time;
    int number = 0;
  };

  const Slot& At(Field field) const { return slots_[static_cast<std::size_t>(field)]; }
  bool Has(Field field) const { return At(field).state == FieldState::kRead; }
  bool IsWrong(Field field) const { return At(field).state == FieldState::kWrong; }
  BadLine PlaceInTime(LoggedRequest& request) const;
  Duration WholeDuration() const;
  void FillTarget(LoggedRequest& request) const;

  WantedFields wanted_;
  WorkloadSource workload_source_;
  std::array<Slot, kFieldCount> slots_;
};

}  // namespace loadcurve::logs
