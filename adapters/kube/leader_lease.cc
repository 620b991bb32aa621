#include "adapters/kube/leader_lease.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/micro_time.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr const char* kAddressAnnotation = "loadcurve.dev/address";

LeaseRecord RecordOf(const json& object) {
  LeaseRecord record;
  record.holder = TextAt(object, {"spec", "holderIdentity"});
  record.lease_duration =
      std::chrono::seconds(WholeAt(object, {"spec", "leaseDurationSeconds"}).value_or(0));
  record.acquired_at = ParseTime(TextAt(object, {"spec", "acquireTime"})).value_or(TimePoint());
  record.renewed_at = ParseTime(TextAt(object, {"spec", "renewTime"})).value_or(TimePoint());
  record.transitions = WholeAt(object, {"spec", "leaseTransitions"}).value_or(0);
  record.resource_version = TextAt(object, {"metadata", "resourceVersion"});
  return record;
}

json ObjectOf(const LeaseRecord& record, const ResourcePath& path, const std::string& address) {
  json metadata = {{"namespace", path.namespace_name}, {"name", path.name}};
  if (!record.resource_version.empty()) metadata["resourceVersion"] = record.resource_version;
  if (!address.empty() && !record.holder.empty())
    metadata["annotations"] = {{kAddressAnnotation, address}};
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(record.lease_duration).count();
  return {{"apiVersion", ApiVersionOf(kLeases)},
          {"kind", "Lease"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"holderIdentity", record.holder},
            {"leaseDurationSeconds", seconds},
            {"acquireTime", ToMicroTime(record.acquired_at)},
            {"renewTime", ToMicroTime(record.renewed_at)},
            {"leaseTransitions", record.transitions}}}};
}

}  // namespace

LeaderLease::LeaderLease(KubeClient& client, const Clock& clock, ResourcePath path,
                         LeaseElection election, Duration retry, std::uint64_t seed,
                         std::string address)
    : client_(client),
      clock_(clock),
      path_(std::move(path)),
      retry_(retry),
      address_(std::move(address)),
      jitter_(seed),
      election_(std::move(election)) {}

Result<std::unique_ptr<LeaderLease>> LeaderLease::Make(KubeClient& client, const Clock& clock,
                                                       std::string namespace_name, std::string name,
                                                       std::string identity,
                                                       const LeaseTiming& timing,
                                                       std::string address) {
  const std::uint64_t seed = std::hash<std::string>()(identity);
  LC_TRY(LeaseElection election, LeaseElection::Make(std::move(identity), timing));
  return std::unique_ptr<LeaderLease>(
      new LeaderLease(client, clock, {kLeases, std::move(namespace_name), std::move(name), ""},
                      std::move(election), timing.retry, seed, std::move(address)));
}

Result<std::optional<LeaseRecord>> LeaderLease::Read() {
  auto object = client_.Get(path_);
  const std::lock_guard lock(mutex_);
  holder_address_.clear();
  if (object) {
    LeaseRecord record = RecordOf(*object);
    if (!record.holder.empty())
      holder_address_ = TextAt(*object, {"metadata", "annotations", kAddressAnnotation});
    return record;
  }
  if (object.error().code == ErrorCode::kNotFound) return std::nullopt;
  return tl::unexpected<Error>(object.error());
}

Result<LeaseRecord> LeaderLease::Write(const LeaseRecord& record) {
  const json object = ObjectOf(record, path_, address_);
  LC_TRY(const json written,
         record.resource_version.empty()
             ? client_.Create({path_.type, path_.namespace_name, "", ""}, object)
             : client_.Replace(path_, object));
  LeaseRecord result = record;
  result.resource_version = TextAt(written, {"metadata", "resourceVersion"});
  return result;
}

Result<void> LeaderLease::Attempt() {
  std::optional<LeaseRecord> to_write;
  bool must_read = false;
  {
    const std::lock_guard lock(mutex_);
    must_read = election_.must_read();
    if (!must_read) to_write = election_.Renewal(clock_.Now());
  }
  if (must_read) {
    LC_TRY(const auto seen, Read());
    const std::lock_guard lock(mutex_);
    to_write = election_.OnRead(seen, clock_.MonotonicNow(), clock_.Now());
  }
  if (!to_write) return {};

  const Duration asked_at = clock_.MonotonicNow();
  const auto written = Write(*to_write);
  const std::lock_guard lock(mutex_);
  if (written) {
    election_.OnWritten(*written, asked_at);
    holder_address_ = address_;
    return {};
  }
  // A write whose answer was lost may have gone through; only reading can tell.
  election_.OnConflict();
  return tl::unexpected<Error>(written.error());
}

Result<void> LeaderLease::Step() {
  const auto done = Attempt();
  const std::lock_guard lock(mutex_);
  fault_ = done ? std::nullopt : std::optional(done.error());
  return done;
}

void LeaderLease::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto done = Step();
    // A conflict is read again at once; the rest waits 0.9 to 1.1 of the time, so that
    // candidates do not march in step.
    if (!done && done.error().code == ErrorCode::kConflict) (void)Step();
    const double share = 0.9 + 0.2 * jitter_.Next();
    const Duration wait(static_cast<Duration::rep>(share * static_cast<double>(retry_.count())));
    clock_.SleepUntil(clock_.MonotonicNow() + wait, stop);
  }
  (void)Release();
}

Result<void> LeaderLease::Release() {
  std::optional<LeaseRecord> to_write;
  {
    const std::lock_guard lock(mutex_);
    to_write = election_.Release(clock_.Now());
  }
  if (!to_write) return {};
  LC_TRY(const LeaseRecord written, Write(*to_write));
  return {};
}

std::optional<std::int64_t> LeaderLease::Token() const {
  const std::lock_guard lock(mutex_);
  return election_.Token(clock_.MonotonicNow());
}

std::string LeaderLease::holder() const {
  const std::lock_guard lock(mutex_);
  return election_.holder();
}

std::string LeaderLease::holder_address() const {
  const std::lock_guard lock(mutex_);
  return election_.holder().empty() ? std::string() : holder_address_;
}

std::optional<Error> LeaderLease::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace loadcurve::kube
