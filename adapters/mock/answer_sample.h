#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/mock/draws.h"
#include "adapters/mock/mock_plan.h"

namespace loadcurve::mock {

// Enough for a 99.9th percentile.
inline constexpr std::size_t kMostAnswers = 10'000;

// A sample of the answers of a route, each as likely to be in it as any other (algorithm R:
// Vitter, 1985); all of them while they are few. Follows from the seed and the name.
class AnswerSample {
 public:
  AnswerSample(std::uint64_t seed, std::string_view name, std::size_t most = kMostAnswers);

  void Add(const RecordedAnswer& answer);

  // Takes in what `other` holds, as one answer for each in its sample.
  void Absorb(const AnswerSample& other);

  std::uint64_t seen() const { return seen_; }
  std::vector<RecordedAnswer> Take() { return std::move(answers_); }

 private:
  Draws draws_;
  std::size_t most_;
  std::uint64_t seen_ = 0;
  std::vector<RecordedAnswer> answers_;
};

}  // namespace loadcurve::mock
