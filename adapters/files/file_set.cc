#include "adapters/files/file_set.h"

#include <glob.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "adapters/files/plain_file.h"

namespace loadcurve::files {
namespace {

std::vector<std::string> Matching(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

bool IsDirectory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

// A name that exists is that file, whatever signs it holds.
Result<std::vector<std::string>> Expand(const std::string& pattern) {
  std::error_code ignored;
  const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos &&
                          !std::filesystem::exists(pattern, ignored);
  if (pattern == "-" || !is_pattern) return std::vector{pattern};
  std::vector<std::string> paths = Matching(pattern);
  std::erase_if(paths, IsDirectory);
  if (paths.empty()) return Fail(ErrorCode::kNotFound, pattern + ": no file matches");
  return paths;
}

}  // namespace

Result<std::vector<std::string>> ExpandPaths(std::span<const std::string> patterns) {
  std::vector<std::string> files;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const std::string& pattern : patterns) {
    LC_TRY(const auto paths, Expand(pattern));
    for (const std::string& path : paths) {
      struct stat status {};
      if (path != "-") {
        if (stat(path.c_str(), &status) != 0) return FileError(path, "open", errno);
        if (S_ISDIR(status.st_mode))
          return Fail(ErrorCode::kInvalidArgument, path + ": is a directory; expected a file, or " +
                                                       "a pattern such as " + path + "/*");
        if (!seen.emplace(status.st_dev, status.st_ino).second) continue;
      }
      files.push_back(path);
    }
  }
  return files;
}

}  // namespace loadcurve::files
