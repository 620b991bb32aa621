#include "adapters/logs/log_reader.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "adapters/logs/bounded_names.h"
#include "adapters/logs/chunk_parser.h"
#include "adapters/logs/line_chunk.h"
#include "adapters/logs/line_report.h"
#include "adapters/logs/log_input.h"
#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

// What travels down the pipeline; as many as there are chunks under way.
struct Slot {
  LineChunk chunk;
  ChunkParser parser;
  Result<ChunkReading> reading = Fail(ErrorCode::kInternal, "not read yet");
};

// The three stages: take the next chunk, read it, add it up. The first and the last run on
// one thread at a time and in the order of the log.
class Pipeline {
 public:
  Pipeline(const LogOptions& options, std::vector<LogInput>& inputs, RequestCounts empty)
      : options_(options),
        inputs_(inputs),
        chunks_(inputs, options.chunk_bytes),
        names_(std::move(empty)),
        tallies_(inputs.size()) {
    for (const LogInput& input : inputs) bytes_in_all_ += input.stored_bytes;
  }

  Result<void> Run(const RequestClassifier& classifier, int threads) {
    const auto slot_count = static_cast<std::size_t>(threads == 1 ? 1 : threads * 2);
    slots_.reserve(slot_count);
    for (std::size_t i = 0; i < slot_count; ++i)
      slots_.push_back({{}, ChunkParser(options_, classifier), Fail(ErrorCode::kInternal, "")});
    if (threads == 1) {
      while (Slot* slot = Take()) {
        Read(*slot);
        Add(*slot);
      }
    } else {
      RunParallel(threads);
    }
    return outcome_ ? take_failure_ : outcome_;
  }

  const RequestCounts& counts() const { return names_.total(); }
  const std::vector<LineTally>& tallies() const { return tallies_; }

 private:
  void RunParallel(int threads) {
    using tbb::filter_mode;
    tbb::task_arena arena(threads);
    arena.execute([this] {
      tbb::parallel_pipeline(
          slots_.size(),
          tbb::make_filter<void, Slot*>(filter_mode::serial_in_order, [this](
                                                                          tbb::flow_control& flow) {
            Slot* const slot = Take();
            if (slot == nullptr) flow.stop();
            return slot;
          }) & tbb::make_filter<Slot*, Slot*>(filter_mode::parallel, [this](Slot* slot) {
            Read(*slot);
            return slot;
          }) & tbb::make_filter<Slot*, void>(filter_mode::serial_in_order, [this](Slot* slot) {
            Add(*slot);
          }));
    });
  }

  // The next chunk, or nullptr behind the last and where there is no going on. The slots are
  // as many as chunks under way, so the one whose turn it is was added up.
  Slot* Take() {
    if (has_failed_.load(std::memory_order_relaxed)) return nullptr;
    if (options_.stop.stop_requested()) {
      take_failure_ = Fail(ErrorCode::kCancelled, "reading logs was interrupted");
      return nullptr;
    }
    Slot& slot = slots_[taken_ % slots_.size()];
    const Result<bool> has_chunk = chunks_.Next(slot.chunk);
    if (!has_chunk) take_failure_ = tl::unexpected<Error>(has_chunk.error());
    if (!has_chunk || !*has_chunk) return nullptr;
    ++taken_;
    return &slot;
  }

  void Read(Slot& slot) {
    if (const auto filled = slot.chunk.Fill(); !filled) {
      slot.reading = tl::unexpected<Error>(filled.error());
      return;
    }
    LineParser& shared = *inputs_[slot.chunk.input].format.parser;
    if (shared.DependsOnOrder()) {
      slot.reading = slot.parser.Parse(slot.chunk, shared);
      return;
    }
    const auto own = shared.Clone();
    slot.reading = slot.parser.Parse(slot.chunk, *own);
  }

  void Add(Slot& slot) {
    if (has_failed_.load(std::memory_order_relaxed)) return;
    auto added = slot.reading ? names_.Add(slot.reading->counts)
                              : Result<void>(tl::unexpected<Error>(slot.reading.error()));
    if (!added) {
      outcome_ = std::move(added);
      has_failed_.store(true, std::memory_order_relaxed);
      return;
    }
    tallies_[slot.chunk.input].Append(slot.reading->lines);
    if (options_.progress) options_.progress(slot.chunk.stored_bytes_done, bytes_in_all_);
  }

  const LogOptions& options_;
  std::vector<LogInput>& inputs_;
  LineChunks chunks_;
  BoundedNames names_;
  std::vector<LineTally> tallies_;
  std::uint64_t bytes_in_all_ = 0;
  std::vector<Slot> slots_;
  std::size_t taken_ = 0;
  std::atomic<bool> has_failed_ = false;
  Result<void> take_failure_;
  Result<void> outcome_;
};

int ThreadsFor(int asked) {
  if (asked > 0) return asked;
  if (const char* text = std::getenv("LOADCURVE_THREADS")) {
    int threads = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), threads);
    if (error == std::errc() && *end == '\0' && threads > 0) return threads;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void AddWord(std::string_view word, std::string_view separator, std::string& words) {
  if (words.find(word) != std::string::npos) return;
  if (!words.empty()) words += separator;
  words += word;
}

}  // namespace

Result<LogReading> ReadLogs(const LogOptions& options) {
  LC_TRY_VOID(CheckOptions(options));
  LC_TRY(const auto classifier, RequestClassifier::Make(options.classifier));
  LC_TRY(RequestCounts empty, RequestCounts::Make(options.bounds, options.step));
  FormatOptions formats = options.formats;
  formats.wanted = classifier.wanted();
  formats.workload_source = classifier.workload_source();
  LC_TRY(std::vector<LogInput> inputs, OpenLogs(options, formats));
  const bool is_in_order = std::any_of(inputs.begin(), inputs.end(), [](const LogInput& input) {
    return input.format.parser->DependsOnOrder();
  });

  Pipeline pipeline(options, inputs, std::move(empty));
  LC_TRY_VOID(pipeline.Run(classifier, is_in_order ? 1 : ThreadsFor(options.threads)));

  std::vector<NamedTally> logs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    logs.push_back({inputs[i].name, pipeline.tallies()[i]});
  LC_TRY_VOID(CheckLines(logs, options.max_bad));

  const RequestCounts& all = pipeline.counts();
  const auto is_kept = [&](std::int64_t window) {
    return (!options.since || all.StartOf(window) >= *options.since) &&
           (!options.until || all.StartOf(window + 1) <= *options.until);
  };
  LC_TRY(RequestCounts kept, KeepMostFrequent(all, options.max_routes, is_kept));
  LogReading reading{std::move(kept), ReportOf(logs), {}, {}, {}, {}, {}, JumpWarnings(logs)};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const LineTally& lines = logs[i].lines;
    reading.files.push_back(logs[i].name);
    AddWord(inputs[i].format.parser->FormatName(), ", ", reading.format);
    AddWord(inputs[i].format.parser->DurationSource(), "; ", reading.duration_source);
    if (!lines.first) continue;
    reading.earliest = std::min(reading.earliest.value_or(*lines.earliest), *lines.earliest);
    reading.latest = std::max(reading.latest.value_or(*lines.latest), *lines.latest);
  }
  return reading;
}

}  // namespace loadcurve::logs
