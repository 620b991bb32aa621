#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/local_time.h"
#include "adapters/logs/log_time.h"
#include "adapters/logs/number_text.h"
#include "adapters/logs/text_program.h"
#include "adapters/logs/time_pattern.h"
#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {

// Runs a TextProgram over lines.
class TextParser final : public LineParser {
 public:
  TextParser(TextProgram program, LocalTime local);

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return program_->name; }
  std::string DurationSource() const override { return program_->duration_source; }
  bool DependsOnOrder() const override;

 private:
  // What is known of the line while it is read.
  struct Reading {
    const char* at = nullptr;
    const char* end = nullptr;
    const char* value_end = nullptr;  // of the last value read from the left
    NumberText duration = NumberText::kAbsent;
    NumberText fallback = NumberText::kAbsent;
    Duration fallback_duration{0};
  };

  BadLine ReadLeft(Reading& reading, LoggedRequest& request);
  BadLine ReadRight(Reading& reading, LoggedRequest& request);
  BadLine ReadItself(const TextStep& step, Reading& reading);
  BadLine Take(const TextStep& step, std::string_view value, Reading& reading,
               LoggedRequest& request);
  BadLine Finish(const Reading& reading, LoggedRequest& request);

  std::shared_ptr<const TextProgram> program_;
  LogTime log_time_;
  LocalTime local_;
  // Of the line that is read, where the format has such values.
  CivilTime civil_;
  WorkloadHints served_by_;
};

}  // namespace loadcurve::logs
