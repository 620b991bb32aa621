#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loadcurve::profile_codec {

// A YAML text of mappings in block style, edited line by line, so that what is not touched stays
// as it is, comments too.
class YamlLines {
 public:
  explicit YamlLines(std::string_view text);

  // Puts `block`, the lines of "KEY: ..." as they stand below another parent at `path`, in the
  // place of what stands under that path here, or at the end of the nearest parent that is here.
  // False, with nothing changed, where no parent is here.
  bool Put(const std::vector<std::string_view>& path, const YamlLines& from);

  std::string Text() const;

 private:
  struct Block {
    std::size_t first = 0;
    std::size_t end = 0;  // behind its last line that is neither blank nor a comment
    std::size_t indent = 0;
  };

  static bool IsBare(std::string_view line);
  static std::size_t IndentOf(std::string_view line);
  std::optional<Block> Find(const std::vector<std::string_view>& path) const;
  std::optional<Block> FindWithin(std::string_view key, const Block& parent, bool is_root) const;
  std::size_t ChildIndent(const Block& parent) const;

  std::vector<std::string> lines_;
};

}  // namespace loadcurve::profile_codec
