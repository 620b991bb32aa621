#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace loadcurve {

// How large errors are just now: a weighted sum of means of squared errors over several spans,
// after the heterogeneous autoregression of Corsi (2009, J. Financial Econometrics 7). Short
// spans tell a storm as it begins, the day and the same time of yesterday what is usual.
//
// Errors many steps ahead are known late, those one step ahead at once: the short spans are of
// the latter, brought to the size of the former by what both are over a day.
class ErrorScale {
 public:
  // `day` > 0: steps a day.
  explicit ErrorScale(std::size_t day);

  // The error of the forecast whose origin comes next. What exceeds 5 scales counts as those,
  // so that one outage does not hide a day.
  void Add(double error, double scale);
  void AddMissing();

  // The mean square over a day.
  double Slow() const { return slow_.value; }
  // The sum over the short spans.
  double Fast() const;

  // One standard deviation for origin `origin`, which is not before those that were added;
  // `one_ahead` are the errors of the step right after each origin.
  double At(std::size_t origin, const ErrorScale& one_ahead) const;

 private:
  struct Mean {
    double rate = 0;  // the weight of the newest, once there are many
    double value = 0;
    void Add(double square, std::size_t count);
  };

  void Push(double square);
  double AroundADayBefore(std::size_t origin) const;

  std::size_t day_;
  std::size_t count_ = 0;
  std::array<Mean, 4> fast_;
  Mean slow_;
  std::vector<double> sums_{0.0};  // of squares, by origin
};

}  // namespace loadcurve
