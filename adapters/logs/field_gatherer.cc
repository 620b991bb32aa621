#include "adapters/logs/field_gatherer.h"

namespace loadcurve::logs {
namespace {

constexpr int kSwitchingProtocols = 101;

bool IsWanted(Field field, WantedFields wanted) {
  switch (field) {
    case Field::kRoute:
    case Field::kTarget:
      return wanted.target;
    case Field::kBytes:
      return wanted.response_bytes;
    case Field::kWorkload:
    case Field::kUpstream:
    case Field::kHost:
      return wanted.workload;
    default:
      return true;
  }
}

}  // namespace

bool FieldGatherer::Wants(const FieldSource& source) const {
  const Slot& slot = At(source.field);
  return IsWanted(source.field, wanted_) &&
         (slot.state != FieldState::kRead || source.rank < slot.source->rank);
}

void FieldGatherer::Clear() {
  slots_.fill({});
}

void FieldGatherer::Take(const FieldSource& source, std::string_view text) {
  if (!Wants(source) || IsAbsent(text)) return;
  Slot read;
  read.source = &source;
  read.text = text;
  switch (source.field) {
    case Field::kStart:
    case Field::kEnd:
      read.state = ReadTime(text, source.unit, read.time);
      break;
    case Field::kDuration:
      read.state = ReadDuration(text, source.unit, read.duration);
      break;
    case Field::kServiceTime:
      read.state = ReadDurationList(text, source.unit, read.duration);
      break;
    case Field::kStatus:
      read.state = ReadInteger(text, read.number);
      break;
    case Field::kGrpcStatus:
      read.state = ReadGrpcStatus(text, read.number);
      break;
    default:
      read.state = FieldState::kRead;
  }
  if (read.state == FieldState::kAbsent) return;
  Slot& slot = slots_[static_cast<std::size_t>(source.field)];
  if (read.state == FieldState::kWrong && slot.state == FieldState::kRead) return;
  slot = read;
}

Duration FieldGatherer::WholeDuration() const {
  const Slot& slot = At(Field::kDuration);
  if (!Has(Field::kSecondsMark) || slot.source->column != "duration") return slot.duration;
  Duration duration{0};
  ReadDuration(slot.text, TimeUnit::kSeconds, duration);
  return duration;
}

BadLine FieldGatherer::PlaceInTime(LoggedRequest& request) const {
  if (!Has(Field::kStart) && !Has(Field::kEnd)) return BadLine::kTime;
  const bool has_whole = Has(Field::kDuration);
  const bool has_service = Has(Field::kServiceTime);
  if (has_service && !(has_whole && request.is_upgrade)) {
    request.duration = At(Field::kServiceTime).duration;
  } else if (has_whole) {
    request.duration = WholeDuration();
  } else if (Has(Field::kStart) && Has(Field::kEnd) && !IsWrong(Field::kDuration)) {
    request.duration = At(Field::kEnd).time - At(Field::kStart).time;
  } else {
    return BadLine::kDuration;
  }
  if (request.duration < Duration(0) || (has_whole && WholeDuration() < Duration(0)))
    return BadLine::kImplausible;
  request.time_is_start = !Has(Field::kEnd) && !has_whole;
  request.time = Has(Field::kEnd) ? At(Field::kEnd).time : At(Field::kStart).time;
  if (!Has(Field::kEnd) && has_whole) request.time += WholeDuration();
  return BadLine::kNone;
}

void FieldGatherer::FillTarget(LoggedRequest& request) const {
  if (Has(Field::kRequestLine))
    SplitRequestLine(At(Field::kRequestLine).text, request.method, request.target);
  if (Has(Field::kMethod)) request.method = At(Field::kMethod).text;
  if (Has(Field::kTarget)) request.target = At(Field::kTarget).text;
  if (!Has(Field::kRoute)) return;
  request.target = At(Field::kRoute).text;
  request.target_is_route = true;
}

BadLine FieldGatherer::Finish(LoggedRequest& request) const {
  request = {};
  if (IsWrong(Field::kStatus) || IsWrong(Field::kGrpcStatus)) return BadLine::kStatus;
  request.status = At(Field::kStatus).number;
  if (Has(Field::kGrpcStatus)) request.grpc_status = At(Field::kGrpcStatus).number;
  if (Has(Field::kBytes)) ReadBytes(At(Field::kBytes).text, request.response_bytes);
  FillTarget(request);
  request.is_upgrade = request.status == kSwitchingProtocols || request.method == "CONNECT";
  if (wanted_.workload)
    request.workload = WorkloadOf(
        {At(Field::kWorkload).text, LastUpstream(At(Field::kUpstream).text), At(Field::kHost).text},
        workload_source_);
  return PlaceInTime(request);
}

}  // namespace loadcurve::logs
