#pragma once

#include <Eigen/Core>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace loadcurve {

// The state of a model as bytes, and back, to the last bit: one member function of the model names
// its parts in order, and serves for both ways.
//
//   void Exchange(SavedState& state) { state.Exchange(count_, means_); }
//
// Bytes are the same on every machine: numbers are of 8 bytes, floats of 4, the lowest first. In
// front stand a kind, "loadcurve hour 1" say, and a checksum (FNV-1a), so that what was cut,
// changed or made by another version is refused and never half read.
class SavedState {
 public:
  // To be written.
  explicit SavedState(std::string_view kind) : kind_(kind) {}
  // To be read. kInvalidArgument where the bytes are not those of a whole state of this kind.
  [[nodiscard]] static Result<SavedState> From(std::string_view kind, std::string_view bytes);

  // Writes the parts, or reads them: numbers, sequences of parts, and what has such a member
  // function itself. A sequence is resized as it was, and so is an empty matrix; another one must
  // have the size that it was made with.
  template <typename... Part>
  void Exchange(Part&... parts) {
    (ExchangeOne(parts), ...);
  }

  // Notes that what was read cannot be.
  void Refuse() { is_refused_ = true; }
  bool is_refused() const { return is_refused_; }

  // What was written, with kind and checksum in front.
  std::string Bytes() const;
  // kInvalidArgument where something was refused, too little was there or too much.
  [[nodiscard]] Result<void> Finish() const;

 private:
  void Word(std::uint64_t& word, std::size_t bytes);
  // How many elements follow, each of at least a byte.
  std::size_t Count(std::size_t size);
  bool Fits(Eigen::Index rows, Eigen::Index columns) const;

  template <std::integral Number>
  void ExchangeOne(Number& number) {
    auto word = static_cast<std::uint64_t>(number);
    Word(word, 8);
    number = static_cast<Number>(word);
  }
  void ExchangeOne(double& number) {
    auto word = std::bit_cast<std::uint64_t>(number);
    Word(word, 8);
    number = std::bit_cast<double>(word);
  }
  void ExchangeOne(float& number) {
    std::uint64_t word = std::bit_cast<std::uint32_t>(number);
    Word(word, 4);
    number = std::bit_cast<float>(static_cast<std::uint32_t>(word));
  }
  template <typename Element>
  void ExchangeOne(std::vector<Element>& sequence) {
    sequence.resize(Count(sequence.size()));
    for (Element& element : sequence) ExchangeOne(element);
  }
  template <typename Element>
  void ExchangeOne(std::deque<Element>& sequence) {
    sequence.resize(Count(sequence.size()));
    for (Element& element : sequence) ExchangeOne(element);
  }
  template <int Columns>
  void ExchangeOne(Eigen::Matrix<double, Eigen::Dynamic, Columns>& matrix) {
    auto rows = matrix.rows();
    auto columns = matrix.cols();
    Exchange(rows, columns);
    if (matrix.size() == 0 && Fits(rows, columns)) matrix.resize(rows, columns);
    if (rows != matrix.rows() || columns != matrix.cols()) return Refuse();
    for (double& number : matrix.reshaped()) ExchangeOne(number);
  }
  template <typename Part>
    requires requires(Part& part, SavedState& state) { part.Exchange(state); }
  void ExchangeOne(Part& part) {
    part.Exchange(*this);
  }

  std::string kind_;
  bool is_read_ = false;
  bool is_refused_ = false;
  std::string bytes_;
  std::size_t next_ = 0;  // of the bytes, while they are read
};

}  // namespace loadcurve
