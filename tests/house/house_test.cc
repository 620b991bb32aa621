// Reads every source of the repository and refuses what the rules forbid.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/house/house_rules.h"
#include "tests/house/type_names.h"

namespace loadcurve::house {
namespace {

// What may stand although a rule says otherwise, and why.
constexpr std::array kExceptions = {
    Exception{"base/clock.cc", kClocks, "this is the one place that asks the machine"},
    Exception{"adapters/sample_service/cpu_time.cc", kClocks, "it reads CPU time, not the time"},
    Exception{"base/check.cc", kSilentCore, "last words of a process that is about to stop"},
};

std::vector<SourceText> AllSources() {
  namespace fs = std::filesystem;
  const fs::path root = LOADCURVE_SOURCE_DIR;
  std::vector<SourceText> sources;
  for (const char* room :
       {"base", "metrics", "forecaster", "scaler", "adapters", "cmd", "bench", "tests"}) {
    if (!fs::exists(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      sources.emplace_back(entry.path().lexically_relative(root).generic_string(),
                           std::string(std::istreambuf_iterator<char>(file), {}));
    }
  }
  return sources;
}

const std::vector<Finding>& AllFindings() {
  static const std::vector<Finding> kFindings = [] {
    const std::vector<SourceText> sources = AllSources();
    std::vector<Finding> findings = NamesGivenTwice(sources);
    for (const SourceText& source : sources) {
      for (Finding& finding : Inspect(source)) findings.push_back(std::move(finding));
    }
    return findings;
  }();
  return kFindings;
}

TEST(House, ReadsTheWholeTree) {
  EXPECT_GT(AllSources().size(), 20U) << "no sources in " LOADCURVE_SOURCE_DIR;
}

TEST(House, KeepsItsRules) {
  for (const Finding& finding : AllFindings()) {
    const bool is_allowed =
        std::any_of(std::begin(kExceptions), std::end(kExceptions),
                    [&](const Exception& exception) { return Covers(exception, finding); });
    if (!is_allowed)
      ADD_FAILURE_AT(finding.path.c_str(), finding.line) << finding.rule << ": " << finding.what;
  }
}

TEST(House, ListsNoExceptionThatNobodyNeeds) {
  const std::vector<Finding>& findings = AllFindings();
  for (const Exception& exception : kExceptions)
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(),
                            [&](const Finding& finding) { return Covers(exception, finding); }))
        << exception.path << " no longer needs its exception from " << exception.rule;
}

}  // namespace
}  // namespace loadcurve::house
