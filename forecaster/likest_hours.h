#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve {

// The hours of the last weeks that went like the last two hours, at about the same time of day:
// what came after them tells what may come now (analogue forecasting: Lorenz, 1969, J. Atmospheric
// Sciences 26). So a day of an event is foretold from other days of events, whichever they were.
class LikestHours {
 public:
  // What is told of one step ahead: how far the load went from the level then, in the mean of the
  // likest hours weighted by how like they are, and after the likest alone; and that level now,
  // against the level that is asked about. Logarithms; 0 where nothing is known.
  using Told = std::array<double, 3>;

  // `day` >= 1: steps.
  explicit LikestHours(std::size_t day);

  // The load of the next step, > 0.
  void Append(double load);

  // For the steps `ahead` (0: the very next); `level` is the log of the level asked about.
  std::vector<Told> Tell(std::span<const std::size_t> ahead, double level) const;

 private:
  // Like the last two hours, at this index, with so much between them.
  struct Hour {
    double distance = 0;
    std::size_t index = 0;
  };

  double MeanLog(std::size_t end, std::size_t width) const;
  double DistanceTo(std::size_t index) const;
  std::vector<Hour> Likest() const;

  std::size_t day_;
  std::size_t window_;  // steps of one mean
  std::vector<double> sums_{0.0};
  std::vector<double> means_;   // log of the mean of the window that ends at each index
  std::vector<double> levels_;  // of three windows
};

}  // namespace loadcurve
