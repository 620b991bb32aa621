#include "tests/house/house_rules.h"

#include <algorithm>
#include <regex>
#include <set>

#include "tests/house/include_rules.h"

namespace loadcurve::house {
namespace {

class Inspection {
 public:
  explicit Inspection(const SourceText& source) : source_(source) {}

  void Includes() {
    for (const IncludeLine& include : source_.includes()) {
      AddUnlessEmpty(include.line, kArrows, WhyNotByArrows(source_.path(), include));
      AddUnlessEmpty(include.line, kPackages, WhyNotByPackages(source_.path(), include));
    }
  }

  void Clocks() {
    // Names of calls that sleep or ask the machine the time: to be refused in others, not called.
    static const std::regex kRealClock(
        R"(\b(system_clock|steady_clock|high_resolution_clock|utc_clock|file_clock)\s*::\s*now\b)"
        R"(|\b(gettimeofday|clock_gettime|sleep_for|sleep_until|usleep|nanosleep|wait_for|wait_until)\s*\()"
        R"(|\b(std::|::)?(time|sleep|clock)\s*\(\s*(nullptr|NULL|0|\d+)?\s*\))");
    Refuse(source_.code(), kRealClock, kClocks,
           "; expected a TimePoint or a Clock& from the caller");
  }

  void SilentCore() {
    static const std::set<std::string_view> kCore = {"base", "metrics", "forecaster", "scaler"};
    static const std::set<std::string_view> kOutsideHeaders = {
        "filesystem", "fstream", "iostream", "istream", "ostream", "syncstream"};
    const std::string room = source_.path().substr(0, source_.path().find('/'));
    if (!kCore.contains(room)) return;
    for (const IncludeLine& include : source_.includes()) {
      if (kOutsideHeaders.contains(include.header))
        Add(include.line, kSilentCore, "<" + include.header + ">; expected no I/O in the core");
    }
    static const std::regex kOutside(
        R"(\b(std::)?(cout|cerr|clog|cin)\b|\b(printf|fprintf|puts|fputs|putchar|fopen|fwrite|fread|getenv|setenv)\s*\()"
        R"(|\brandom_device\b|\b(rand|srand)\s*\(|\bshared_ptr\b)");
    Refuse(source_.code(), kOutside, kSilentCore,
           "; expected no I/O, environment, unseeded chance or shared ownership in the core");
  }

  void NoDiscard() {
    if (!source_.IsHeader()) return;
    static const std::regex kResult(R"(\bResult\s*<)");
    const std::string& code = source_.code();
    for (auto match = std::sregex_iterator(code.begin(), code.end(), kResult);
         match != std::sregex_iterator(); ++match) {
      const auto begin = static_cast<std::size_t>(match->position());
      const std::string name =
          FunctionNameAfter(begin + static_cast<std::size_t>(match->length()) - 1);
      if (name.empty()) continue;
      const std::size_t declaration = code.find_last_of(";{}", begin) + 1;
      if (code.find("[[nodiscard]]", declaration) > begin)
        Add(source_.LineAt(begin), kNoDiscard, name + "; expected [[nodiscard]] before it");
    }
  }

  void Throws() {
    if (source_.path().starts_with("tests/")) return;
    static const std::regex kThrowing(R"(\bthrow\b)");
    Refuse(source_.code(), kThrowing, kThrow,
           "; expected a Result, or Check for a broken invariant");
  }

  void Text() {
    const std::string& code = source_.code();
    if (source_.IsHeader()) {
      const std::size_t first = code.find_first_not_of(" \n");
      if (first == std::string::npos || code.compare(first, 12, "#pragma once") != 0)
        Add(1, kText, "a header that does not begin with #pragma once");
    }
    for (const std::string* layer : {&code, &source_.comments()}) {
      const auto found = std::find_if(layer->begin(), layer->end(),
                                      [](char c) { return static_cast<unsigned char>(c) > 126; });
      if (found != layer->end())
        Add(source_.LineAt(static_cast<std::size_t>(found - layer->begin())), kText,
            "a character beyond ASCII outside a string literal");
    }
    static const std::regex kDeadCode(R"(\bDISABLED_\w+|#\s*if\s+0\b)");
    Refuse(code, kDeadCode, kText, "; expected living code or none");
    static const std::regex kDeadComment(
        R"(//\s*(TEST|TEST_F|TEST_P|EXPECT_\w+|ASSERT_\w+)\(|\b(TODO|FIXME|XXX|HACK)\b)");
    Refuse(source_.comments(), kDeadComment, kText, " in a comment; expected it done or removed");
  }

  void Names() {
    static const std::regex kEmptyWord(
        R"((^|_)(manager|helper|helpers|util|utils|data|info|process)(_|\.|$))");
    const std::string file = source_.path().substr(source_.path().rfind('/') + 1);
    std::smatch match;
    if (std::regex_search(file, match, kEmptyWord))
      Add(1, kNames, "a file named '" + file + "'; expected a name that says what it holds");
    static const std::regex kEmptyType(
        R"(\b(class|struct|enum)\s+\w*(Manager|Helper|Helpers|Util|Utils|Data|Info|Process)\b)");
    Refuse(source_.code(), kEmptyType, kNames, "; expected a name that says what it holds");
  }

  std::vector<Finding> Take() {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.line < b.line; });
    return std::move(findings_);
  }

 private:
  void Add(int line, std::string_view rule, std::string what) {
    findings_.push_back({source_.path(), line, rule, std::move(what)});
  }

  void AddUnlessEmpty(int line, std::string_view rule, const std::string& what) {
    if (!what.empty()) Add(line, rule, what);
  }

  void Refuse(const std::string& layer, const std::regex& pattern, std::string_view rule,
              const std::string& expected) {
    for (auto match = std::sregex_iterator(layer.begin(), layer.end(), pattern);
         match != std::sregex_iterator(); ++match)
      Add(source_.LineAt(static_cast<std::size_t>(match->position())), rule,
          "'" + match->str() + "'" + expected);
  }

  // The name in "Result<T> Name(", where `open` is the place of '<'; "" where no function
  // is declared there.
  std::string FunctionNameAfter(std::size_t open) const {
    const std::string& code = source_.code();
    int depth = 0;
    std::size_t at = open;
    for (; at < code.size(); ++at) {
      if (code[at] == '<') ++depth;
      if (code[at] == '>' && --depth == 0) break;
    }
    static const std::regex kName(R"(^>\s*([A-Za-z_]\w*)\s*\()");
    const std::string rest = code.substr(std::min(at, code.size()), 200);
    std::smatch match;
    return std::regex_search(rest, match, kName) ? match.str(1) : "";
  }

  const SourceText& source_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> Inspect(const SourceText& source) {
  Inspection inspection(source);
  inspection.Includes();
  inspection.Clocks();
  inspection.SilentCore();
  inspection.NoDiscard();
  inspection.Throws();
  inspection.Text();
  inspection.Names();
  return inspection.Take();
}

bool Covers(const Exception& exception, const Finding& finding) {
  if (exception.rule != finding.rule) return false;
  return exception.path.ends_with('/') ? finding.path.starts_with(exception.path)
                                       : finding.path == exception.path;
}

}  // namespace loadcurve::house
