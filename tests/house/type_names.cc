#include "tests/house/type_names.h"

#include <map>
#include <regex>
#include <string>

namespace loadcurve::house {
namespace {

struct Definition {
  std::string name;  // with its namespace: "loadcurve::plot::Chart"
  int line = 0;
};

// Walks the braces of a source, with what opened each of them.
class ScopeWalk {
 public:
  explicit ScopeWalk(const SourceText& source) : source_(source) {}

  std::vector<Definition> Definitions() {
    const std::string& code = source_.code();
    std::size_t begin = 0;  // of the statement that is being read
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (code[i] == '{') Open(code.substr(begin, i - begin), i);
      if (code[i] == '}' && !scopes_.empty()) scopes_.pop_back();
      if (code[i] == '{' || code[i] == '}' || code[i] == ';') begin = i + 1;
    }
    return std::move(found_);
  }

 private:
  struct Scope {
    bool is_namespace = false;
    std::string name;  // empty: anonymous, or no namespace
  };

  void Open(const std::string& head, std::size_t at) {
    static const std::regex kNamespace(R"(\bnamespace\s*([\w:]*)\s*$)");
    static const std::regex kType(
        R"((?:^|\s)(?:struct|class|union|enum class)\s+(\w+)(?:\s+final)?(?:\s*:[^:][^()]*)?\s*$)");
    std::smatch match;
    if (std::regex_search(head, match, kNamespace)) {
      scopes_.push_back({true, match[1]});
      return;
    }
    if (std::regex_search(head, match, kType)) Add(match[1], at);
    scopes_.push_back({});
  }

  void Add(const std::string& type, std::size_t at) {
    std::string name;
    for (const Scope& scope : scopes_) {
      if (!scope.is_namespace || scope.name.empty()) return;
      name += scope.name + "::";
    }
    found_.push_back({name + type, source_.LineAt(at)});
  }

  const SourceText& source_;
  std::vector<Scope> scopes_;
  std::vector<Definition> found_;
};

bool IsProduct(const std::string& path) {
  return !path.starts_with("tests/") && !path.starts_with("bench/");
}

}  // namespace

std::vector<Finding> NamesGivenTwice(std::span<const SourceText> sources) {
  std::map<std::string, std::string> path_of;
  std::vector<Finding> findings;
  for (const SourceText& source : sources) {
    if (!IsProduct(source.path())) continue;
    for (const Definition& definition : ScopeWalk(source).Definitions()) {
      const auto [first, is_new] = path_of.emplace(definition.name, source.path());
      if (!is_new)
        findings.push_back(
            {source.path(), definition.line, kOneDefinition,
             definition.name + " is also in " + first->second + "; expected a name of its own"});
    }
  }
  return findings;
}

}  // namespace loadcurve::house
