#include "scaler/twin/response_times.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::twin {
namespace {

// Means from 1e-3 to 1e7 in steps of 5 %, shapes from 0.5 to 1000 in steps of 20 %.
constexpr double kLeastMean = 1e-3;
constexpr double kMeanStep = 0.05;
constexpr std::size_t kMeans = 480;
constexpr double kLeastShape = 0.5;
constexpr double kShapeStep = 0.2;
constexpr std::size_t kShapes = 39;

std::size_t PlaceOf(double value, double least, double step, std::size_t count) {
  const double place = std::log(value / least) / step;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(count - 1)));
}

double BySeries(double shape, double x) {
  double term = 1 / shape;
  double sum = term;
  for (double n = shape + 1; term > sum * 1e-12; ++n) {
    term *= x / n;
    sum += term;
  }
  return 1 - sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

// Lentz's method.
double ByFraction(double shape, double x) {
  double b = x + 1 - shape;
  double c = 1e300;
  double d = 1 / b;
  double product = d;
  for (int i = 1; i < 10'000; ++i) {
    const double a = -i * (i - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    product *= c * d;
    if (std::abs(c * d - 1) < 1e-12) break;
  }
  return product * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

}  // namespace

double GammaAbove(double shape, double x) {
  if (x <= 0) return 1;
  return x < shape + 1 ? BySeries(shape, x) : ByFraction(shape, x);
}

ResponseTimes::ResponseTimes() : parts_(kMeans * kShapes) {}

void ResponseTimes::Add(double weight, double mean, double variance) {
  const double shape = mean * mean / variance;
  Part& part = parts_[PlaceOf(mean, kLeastMean, kMeanStep, kMeans) * kShapes +
                      PlaceOf(shape, kLeastShape, kShapeStep, kShapes)];
  part.weight += weight;
  part.weighted_mean += weight * mean;
  part.weighted_shape += weight * shape;
}

double ResponseTimes::ShareAbove(double time) const {
  double above = 0;
  double all = 0;
  for (const Part& part : parts_) {
    if (part.weight == 0) continue;
    all += part.weight;
    const double shape = part.weighted_shape / part.weight;
    above += part.weight * GammaAbove(shape, time * shape * part.weight / part.weighted_mean);
  }
  return all > 0 ? above / all : 0;
}

double ResponseTimes::Quantile(double level) const {
  double low = 0;
  double high = kLeastMean;
  while (ShareAbove(high) > 1 - level) high *= 2;
  if (high == kLeastMean) return 0;
  for (int i = 0; i < 30; ++i) {
    const double middle = (low + high) / 2;
    (ShareAbove(middle) > 1 - level ? low : high) = middle;
  }
  return high;
}

}  // namespace loadcurve::twin
