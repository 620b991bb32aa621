#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "adapters/files/whole_file.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/demo_report.h"
#include "cmd/demo_run.h"
#include "cmd/demo_serving.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

namespace fs = std::filesystem;

struct DemoFlags {
  std::string duration = "60s";
  std::uint64_t seed = 1;
  std::string out;
  bool is_served = false;
  OutputFormat output = OutputFormat::kTable;
};

// Whole windows, whole days, and enough of them to fit and to forecast.
Result<Duration> DurationOf(const std::string& text) {
  const auto duration = ParseDuration(text);
  if (!duration) return Within("--duration", duration.error());
  const Duration step = DemoSuppositions::kStep * DemoSuppositions::kDays;
  if (*duration < std::chrono::seconds(32) || *duration > std::chrono::minutes(10) ||
      *duration % step != Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--duration is '{}'; expected a multiple of {} from 32s to 10m", text,
                            ToString(step)));
  return *duration;
}

// A folder that was made for this run goes away with a run that failed.
class Folder {
 public:
  [[nodiscard]] static Result<Folder> Make(const std::string& wanted) {
    std::error_code error;
    if (!wanted.empty()) {
      const bool is_new = fs::create_directories(wanted, error);
      if (error)
        return Fail(ErrorCode::kUnavailable,
                    fmt::format("cannot make the folder {}: {}", wanted, error.message()));
      return Folder(fs::absolute(wanted).string(), is_new);
    }
    std::string pattern = (fs::temp_directory_path(error) / "loadcurve-demo-XXXXXX").string();
    if (error || mkdtemp(pattern.data()) == nullptr)
      return Fail(ErrorCode::kUnavailable, "cannot make a temporary folder; name one with --out");
    return Folder(pattern, true);
  }

  Folder(Folder&& other) noexcept
      : path_(std::move(other.path_)), is_ours_(std::exchange(other.is_ours_, false)) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (is_ours_) fs::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  void Keep() { is_ours_ = false; }

 private:
  Folder(std::string path, bool is_ours) : path_(std::move(path)), is_ours_(is_ours) {}

  std::string path_;
  bool is_ours_;
};

Result<std::string> OwnProgram() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot find this program by /proc/self/exe: {}", error.message()));
  return program.string();
}

Result<void> RunDemoCommand(const DemoFlags& flags) {
  DemoOptions options;
  options.stop = InterruptToken();
  options.seed = flags.seed;
  LC_TRY(options.duration, DurationOf(flags.duration));
  LC_TRY(options.program, OwnProgram());
  LC_TRY(Folder folder, Folder::Make(flags.out));
  options.folder = folder.path();

  const auto outcome = [&] {
    Progress progress;
    options.on_progress = [&](const std::string& what) { progress.Show(what); };
    return RunDemo(options, SystemClock());
  }();
  if (!outcome) return tl::unexpected<Error>(outcome.error());

  const DemoPictures pictures = PicturesOf(*outcome);
  const DemoFiles files = FilesIn(options.folder);
  const std::string json = DemoJson(options, *outcome).dump(2) + "\n";
  LC_TRY_VOID(files::WriteFileAtomically(files.result, json));
  LC_TRY_VOID(files::WriteFileAtomically(files.load_picture, pictures.load));
  LC_TRY_VOID(files::WriteFileAtomically(files.ramp_picture, pictures.ramp));
  LC_TRY_VOID(files::WriteFileAtomically(files.forecast_picture, pictures.forecast));
  folder.Keep();
  if (flags.output == OutputFormat::kJson)
    fmt::print("{}", json);
  else
    fmt::print("{}", DemoText(options, *outcome, plot::TerminalOf(STDOUT_FILENO)));
  return flags.is_served ? ServeDemo(options, SystemClock()) : Result<void>();
}

}  // namespace

void AddDemoCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<DemoFlags>();
  CLI::App* command = app.add_subcommand(
      "demo",
      "The whole path in two minutes, on real requests: starts a small service of its own on\n"
      "loopback, drives it through four short days, calibrates on what was recorded, replays\n"
      "that log at rising rates until one replica carries no more, forecasts and decides.");
  command
      ->add_option("--duration", flags->duration,
                   "How long it records (default 60s); the ramp is 60 s at most")
      ->option_text("TIME");
  command->add_option("--seed", flags->seed, "Of arrivals and sizes of work (default 1)")
      ->option_text("N");
  command
      ->add_option("--out", flags->out,
                   "Where the recording is kept (default: a new folder "
                   "among the temporary ones)")
      ->option_text("DIR");
  CLI::Option* const serve = command->add_flag(
      "--serve", flags->is_served,
      "Go on until Ctrl-C: the days go on, and the external metrics API serves what is decided");
  CLI::Option* const output =
      command->add_option("-o,--output", flags->output, "How to print: table (default) or json")
          ->transform(CLI::CheckedTransformer(
                          std::map<std::string, OutputFormat>{{"table", OutputFormat::kTable},
                                                              {"json", OutputFormat::kJson}},
                          CLI::ignore_case)
                          .description(""))
          ->option_text("table|json");
  serve->excludes(output);
  command->footer(
      "Examples:\n"
      "  loadcurve demo\n"
      "  loadcurve demo --serve\n"
      "  loadcurve demo --out recording --seed 7 -o json");
  command->callback([flags, &chosen] { chosen = [flags] { return RunDemoCommand(*flags); }; });
}

}  // namespace loadcurve
