#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"
#include "metrics/load_series.h"

namespace loadcurve {

// What the present measurements are worth. Zero, missing and idle are three different things.
enum class EvidenceKind {
  kFresh,           // a window was measured whole a moment ago
  kIdle,            // the same, and it held no load: a true zero
  kMissing,         // nothing was ever measured
  kStale,           // what was measured is too old
  kPartial,         // some of the replicas were not heard of
  kHung,            // requests go in and do not come out
  kRefused,         // requests fail fast: what was turned away is not seen as load
  kRetryStorm,      // more requests than before, no more of them succeed, and many fail
  kFailing,         // many requests fail otherwise
  kUpstreamOutage,  // all demand went at once, and nothing is wrong here
  kCensored,        // slow, and full or with fewer requests: our own saturation cuts the demand
};

// "fresh", "idle", "missing", "stale", "partial", "hung", "refused", "retry_storm", "failing",
// "upstream_outage", "censored".
std::string_view Name(EvidenceKind kind);

// Whether a count may shrink on such evidence: fresh and idle alone.
bool MayShrinkOn(EvidenceKind kind);

struct Evidence {
  EvidenceKind kind = EvidenceKind::kMissing;
  std::string why{};               // for a person, with its numbers; empty where it is fresh
  std::optional<TimePoint> since;  // the window it began with, where it is a disturbance

  bool operator==(const Evidence&) const = default;
};

// One window that was measured whole.
struct EvidenceWindow {
  TimePoint start;
  MetricsQps load;
  // Requests that ended a second; absent where the source tells the load itself, of which only
  // missing, stale and partial are known.
  std::optional<double> requests{};
  Ratio error_share{0};
  std::optional<double> mean_seconds{};  // that one request took; absent without requests
  std::optional<BusySlots> in_flight{};  // at its end
  std::optional<Replicas> ready{};
  std::optional<Ratio> cpu{};  // used of what the ready replicas may use
  // The least load at that time of the day, one day and one week before; what is usual is no
  // outage.
  std::optional<MetricsQps> usual{};
};

// From this share of failed requests on, the measured load is no evidence for shrinking.
inline constexpr Ratio kTooManyErrors{0.1};

// Demand that went all at once is waited for so long; if it stays away, the workload is idle.
inline constexpr Duration kLongestOutage = std::chrono::hours(1);
// It must have been there for this long, and ten windows, before its going is a surprise.
inline constexpr Duration kSteadyDemand = std::chrono::minutes(10);
// A saturation that is over, and answers that stay slow, hold for so long.
inline constexpr Duration kLongestSlowness = std::chrono::hours(1);
// A gauge of requests in flight that stays up for longer, while nothing ends, is broken.
inline constexpr Duration kLongestHang = std::chrono::hours(24);

// The evidence of one workload, window by window. Pure: the same windows give the same judgement.
//
// It remembers how the workload was while it was well (load, requests, mean time, in flight: an
// average that forgets in ten minutes), and holds each window against that. Recovery: a
// disturbance ends with the first window that does not show it; demand that comes back after an
// outage ends it at once where it is half of what it was, else with the third window.
class EvidenceRecord {
 public:
  // `sustained` is what one replica carries at its limit; absent: unknown, and no saturation is
  // seen in the load alone.
  EvidenceRecord(Duration step, std::optional<MetricsQps> sustained);

  // The same, from now on.
  void UseSustained(std::optional<MetricsQps> sustained) { sustained_ = sustained; }

  // The next window, or the latest one again as it is known by now; older ones are passed over.
  void Note(const EvidenceWindow& window);

  struct Present {
    TimePoint now;
    Ratio coverage{1};  // of the replicas, in the latest reading
    Duration fresh;     // a window is fresh for so long after its end
  };
  Evidence Judge(const Present& present) const;

  // The series without the windows whose load is not what users wanted, which are missing in it;
  // without those at its end. A forecast learns from this. As it is where nothing else is left, or
  // where requests have failed at its end for more than `longest`: what is served then is what is
  // known.
  LoadSeries Demand(const LoadSeries& measured, Duration longest) const;
  // The same of one window: whether its load is what users wanted, as far as is known.
  bool IsDemand(TimePoint start, Duration longest) const;

 private:
  // How it was while it was well.
  struct Usual {
    double load = 0;
    double requests = 0;
    double successes = 0;
    std::optional<double> mean_seconds;
    // In flight by requests a second: gauges and rates come apart where one of them is missing.
    std::optional<double> held_seconds;
  };
  // What a load fell from, to less than half.
  struct Fall {
    Usual usual;
    std::optional<TimePoint> steady_since;
    TimePoint at{};  // its second window
  };
  struct Memory {
    std::optional<Usual> usual;
    std::optional<TimePoint> steady_since;  // the load was never below half of its level since
    bool is_falling = false;                // the last window was
    std::optional<Fall> fall;               // the last one
    EvidenceKind kind = EvidenceKind::kFresh;
    TimePoint since{};     // the first window of that kind
    TimePoint at_limit{};  // the last window at capacity
    int returned = 0;      // windows with some load after an outage
  };
  // A stretch whose load is not what users wanted.
  struct Span {
    TimePoint from;
    TimePoint to;
    EvidenceKind kind;
  };

  // With the latest window, if it is one.
  std::deque<Span> Disturbed() const;
  // What is usually in flight at so many requests a second.
  static std::optional<double> InFlight(const Usual& usual, double requests);
  static std::optional<double> HeldSeconds(const EvidenceWindow& window);
  // What the window is held against: what was before a fall that goes on with it.
  Memory MemoryFor(const EvidenceWindow& window) const;
  EvidenceKind Classify(const Memory& memory, const EvidenceWindow& window) const;
  bool IsRetryStorm(const Usual& usual, const EvidenceWindow& window) const;
  bool IsHung(const Memory& memory, const EvidenceWindow& window) const;
  bool IsOutage(const Memory& memory, const EvidenceWindow& window) const;
  bool IsCensored(const Memory& memory, const EvidenceWindow& window) const;
  bool IsAtLimit(const EvidenceWindow& window) const;
  void Fold(const EvidenceWindow& window);
  void Learn(const EvidenceWindow& window);
  void Remember(EvidenceKind kind, const EvidenceWindow& window);
  static std::string Why(EvidenceKind kind, const Usual& usual, const EvidenceWindow& window,
                         TimePoint since);

  Duration step_;
  std::optional<MetricsQps> sustained_;
  Memory memory_;  // of all windows before the latest
  std::optional<EvidenceWindow> latest_;
  std::deque<Span> disturbed_;
};

}  // namespace loadcurve
