#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadcurve::house {

// One #include line.
struct IncludeLine {
  int line = 0;            // 1 is the first
  std::string header;      // "metrics/load_series.h"
  bool is_quoted = false;  // "..." rather than <...>
};

// A C++ source with its layers told apart, so that a rule about code is not misled by a
// comment or by text in quotes.
class SourceText {
 public:
  SourceText(std::string path, std::string text);

  // From the root of the repository, with '/'.
  const std::string& path() const { return path_; }
  bool IsHeader() const { return path_.ends_with(".h"); }

  // The source with comments and the insides of literals blanked; as long as the source
  // and with the same line breaks, so positions agree. Valid while this lives.
  const std::string& code() const { return code_; }
  // The source with everything but comments blanked.
  const std::string& comments() const { return comments_; }

  const std::vector<IncludeLine>& includes() const { return includes_; }

  // The line, from 1, on which that position lies.
  int LineAt(std::size_t position) const;

 private:
  std::string path_;
  std::string code_;
  std::string comments_;
  std::vector<IncludeLine> includes_;
};

}  // namespace loadcurve::house
