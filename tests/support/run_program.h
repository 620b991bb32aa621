#pragma once

#include <map>
#include <string>
#include <vector>

namespace loadcurve {

// What a program that was run to its end left behind.
struct ProgramRun {
  int exit_code = 0;  // 128 + signal where a signal ended it, as a shell has it
  std::string out;    // its standard output
  std::string error;  // its standard error
};

// Runs the loadcurve binary of this build with these arguments, `input` as its standard
// input, and waits for its end.
ProgramRun RunLoadcurve(const std::vector<std::string>& arguments, const std::string& input = "");

// Runs a line of bash in which "$LOADCURVE" names the binary of this build.
ProgramRun RunShell(const std::string& line, const std::string& input = "");

// Runs such lines, up to the first that fails, in a new folder that holds these files, by name.
ProgramRun RunBeside(const std::map<std::string, std::string>& files, const std::string& lines);

}  // namespace loadcurve
