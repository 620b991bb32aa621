#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace loadcurve::testing {

// The golden cases of one kind from a file beside the script that made them; never none.
inline std::vector<nlohmann::json> GoldenCases(const std::string& file_name,
                                               const std::string& kind) {
  std::ifstream file(std::string(LOADCURVE_SOURCE_DIR) + "/tests/golden/" + file_name);
  const auto cases = nlohmann::json::parse(file).at(kind).get<std::vector<nlohmann::json>>();
  EXPECT_FALSE(cases.empty()) << file_name << ": " << kind;
  return cases;
}

// A list of numbers; null is NaN.
inline std::vector<double> Numbers(const nlohmann::json& list) {
  std::vector<double> numbers;
  for (const auto& entry : list)
    numbers.push_back(entry.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                      : entry.get<double>());
  return numbers;
}

inline Eigen::VectorXd Vector(const nlohmann::json& list) {
  const std::vector<double> numbers = Numbers(list);
  return Eigen::Map<const Eigen::VectorXd>(numbers.data(),
                                           static_cast<Eigen::Index>(numbers.size()));
}

// A list of rows.
inline Eigen::MatrixXd Matrix(const nlohmann::json& rows) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(rows.size()),
                         static_cast<Eigen::Index>(rows.at(0).size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    matrix.row(static_cast<Eigen::Index>(i)) = Vector(rows[i]);
  return matrix;
}

}  // namespace loadcurve::testing
