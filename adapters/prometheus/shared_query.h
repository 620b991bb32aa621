#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/request_metric.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::prometheus {

struct SharingLimits {
  // Workloads one query may ask for.
  std::size_t most_workloads = 100;
  // About how many samples one query may bring.
  std::int64_t samples_a_query = 100'000;
  // Longer stretches are asked for by each workload alone: they are weeks of the past.
  Duration longest_stretch = std::chrono::hours(3);
};

// Asks once for what many workloads of a namespace want of the same metric at the same step:
// selectors that differ only in the matcher that names the workload go as one, and the answer is
// taken apart by that label. Thread-safe.
//
// Who asks first in a round asks for others too that are about to: those that asked for the
// same stretch in the round before. A query that the server refuses is asked again
// for the first alone, and the next ones are half as large; one that fails otherwise fails those
// it was for.
class SharedQueries {
 public:
  explicit SharedQueries(QueryClient client, SharingLimits limits = {});
  ~SharedQueries();
  SharedQueries(const SharedQueries&) = delete;
  SharedQueries& operator=(const SharedQueries&) = delete;

  const QueryClient& client() const { return client_; }

 private:
  friend class SharedSelector;
  struct State;

  QueryClient client_;
  std::unique_ptr<State> state_;
};

// One workload's selector of one metric, alone or among those of others.
class SharedSelector {
 public:
  struct Member;
  struct Group;

  // `matchers` with their placeholders, see WorkloadNames. Shared where `queries` is the one of
  // others, and one matcher at most names the workload, its pods or its object.
  SharedSelector(std::shared_ptr<SharedQueries> queries, std::string metric,
                 const std::vector<LabelMatcher>& matchers, const WorkloadNames& names);
  ~SharedSelector();
  SharedSelector(SharedSelector&&) noexcept;
  SharedSelector& operator=(SharedSelector&&) noexcept;

  // PromQL, of this workload alone.
  const std::string& text() const { return text_; }

  // As QueryClient::SamplesOf.
  [[nodiscard]] Result<QueryAnswer> SamplesOf(TimePoint after, TimePoint until) const;

  // The same, and for nobody else: a past that the others do not ask for now.
  [[nodiscard]] Result<QueryAnswer> OwnSamplesOf(TimePoint after, TimePoint until) const;

  // The series at that time, summed up in one or a few: their sum is that of the selector.
  [[nodiscard]] Result<QueryAnswer> SumsAt(TimePoint time) const;

 private:
  struct Stretch;
  [[nodiscard]] Result<QueryAnswer> Ask(const Stretch& stretch) const;
  [[nodiscard]] Result<QueryAnswer> AskAlone(const Stretch& stretch) const;
  [[nodiscard]] Result<QueryAnswer> AskFor(const std::vector<Member*>& batch,
                                           const Stretch& stretch) const;

  std::shared_ptr<SharedQueries> queries_;
  std::string text_;
  std::shared_ptr<Group> group_;  // null: never shared
  std::unique_ptr<Member> member_;
};

}  // namespace loadcurve::prometheus
