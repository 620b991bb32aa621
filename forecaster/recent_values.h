#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"
#include "forecaster/saved_state.h"

namespace loadcurve {

// The last values of a sequence that grows for ever, side by side in memory and counted from its
// beginning. Appending costs constant time in the mean.
template <typename Value>
class RecentValues {
 public:
  // At least `kept` > 0 values stay, once there are as many, and an eighth more at most.
  explicit RecentValues(std::size_t kept) : kept_(kept) { values_.reserve(kept + kept / 8 + 1); }

  void Append(Value value) {
    if (values_.size() > kept_ + kept_ / 8) {
      const std::size_t old = values_.size() - kept_;
      values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(old));
      first_ += old;
    }
    values_.push_back(value);
  }

  // Of the oldest value that is kept, and one past the newest.
  std::size_t first() const { return first_; }
  std::size_t end() const { return first_ + values_.size(); }

  // first() <= index < end()
  Value operator[](std::size_t index) const { return values_[index - first_]; }

  // Those before `end`; valid until the next Append.
  std::span<const Value> Before(std::size_t end, std::size_t count) const {
    Check(count <= end && end - count >= first_ && end <= this->end(), "values are forgotten");
    return std::span(values_).subspan(end - count - first_, count);
  }

  void Exchange(SavedState& state) {
    state.Exchange(first_, values_);
    if (values_.size() > kept_ + kept_ / 8 + 1 || (first_ > 0 && values_.size() < kept_))
      state.Refuse();
  }

 private:
  std::size_t kept_;
  std::size_t first_ = 0;
  std::vector<Value> values_;
};

}  // namespace loadcurve
