#include "tests/support/run_program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/check.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

// A file without a name: pipes would stall where both sides wait for each other.
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File NamelessFile(const std::string& content = "") {
  File file(std::tmpfile(), std::fclose);
  Check(file != nullptr, "a test can write to the temporary folder");
  std::fwrite(content.data(), 1, content.size(), file.get());
  std::rewind(file.get());
  return file;
}

std::string ContentOf(std::FILE* file) {
  std::rewind(file);
  std::string content;
  std::array<char, 4096> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), file)) > 0;)
    content.append(part.data(), got);
  return content;
}

ProgramRun RunProgram(std::vector<std::string> arguments, const std::string& input) {
  const File in = NamelessFile(input);
  const File out = NamelessFile();
  const File error = NamelessFile();
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const pid_t child = fork();
  Check(child >= 0, "a test can start a process");
  if (child == 0) {
    dup2(fileno(in.get()), STDIN_FILENO);
    dup2(fileno(out.get()), STDOUT_FILENO);
    dup2(fileno(error.get()), STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ContentOf(out.get()),
          ContentOf(error.get())};
}

}  // namespace

ProgramRun RunLoadcurve(const std::vector<std::string>& arguments, const std::string& input) {
  std::vector<std::string> whole = {LOADCURVE_BINARY};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return RunProgram(std::move(whole), input);
}

ProgramRun RunShell(const std::string& line, const std::string& input) {
  setenv("LOADCURVE", LOADCURVE_BINARY, 1);
  return RunProgram({"bash", "-c", line}, input);
}

ProgramRun RunBeside(const std::map<std::string, std::string>& files, const std::string& lines) {
  const ScratchFolder folder;
  for (const auto& [name, content] : files) folder.Write(name, content);
  return RunShell("set -e; cd '" + folder.Path("") + "'\n" + lines);
}

}  // namespace loadcurve
