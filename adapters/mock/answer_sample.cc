#include "adapters/mock/answer_sample.h"

namespace loadcurve::mock {

AnswerSample::AnswerSample(std::uint64_t seed, std::string_view name, std::size_t most)
    : draws_(KeyOf(seed, name, 0)), most_(most) {}

void AnswerSample::Add(const RecordedAnswer& answer) {
  ++seen_;
  if (answers_.size() < most_) return answers_.push_back(answer);
  const auto place = static_cast<std::uint64_t>(draws_.Share() * static_cast<double>(seen_));
  if (place < most_) answers_[place] = answer;
}

void AnswerSample::Absorb(const AnswerSample& other) {
  for (const RecordedAnswer& answer : other.answers_) Add(answer);
}

}  // namespace loadcurve::mock
