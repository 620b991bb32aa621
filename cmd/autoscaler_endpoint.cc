#include "cmd/autoscaler_endpoint.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "adapters/files/whole_file.h"
#include "cmd/interrupt.h"
#include "cmd/local_keys.h"
#include "cmd/reload_signal.h"

namespace loadcurve {
namespace {

constexpr Duration kGlance = std::chrono::milliseconds(200);

}  // namespace

CLI::Option* AddEndpointOptions(CLI::App& command, AutoscalerEndpoint& endpoint) {
  command
      .add_option("--listen", endpoint.listen,
                  "Where to answer, always by TLS (default " + endpoint.listen + ")")
      ->option_text("ADDRESS:PORT");
  CLI::Option* const keys =
      command
          .add_option("--keys", endpoint.keys,
                      "Folder of the certificates, made where it is absent, for localhost and "
                      "loadcurve.default.svc (default loadcurve-keys)")
          ->option_text("FOLDER");
  CLI::Option* const certificate = command
                                       .add_option("--tls-certificate", endpoint.certificate,
                                                   "Shown in place of a self-made one, PEM")
                                       ->option_text("FILE");
  CLI::Option* const key =
      command.add_option("--tls-key", endpoint.key, "Of that certificate, PEM")
          ->option_text("FILE");
  certificate->needs(key)->excludes(keys);
  key->needs(certificate);
  return certificate;
}

Result<ShownKeys> KeysOf(const AutoscalerEndpoint& endpoint, const Clock& clock) {
  if (endpoint.certificate.empty()) {
    LC_TRY(const LocalKeys keys, OpenLocalKeys(endpoint.keys, clock.Now()));
    return ShownKeys{keys.serving.leaf, keys.ca_file, keys.certificate_file, keys.key_file};
  }
  ShownKeys shown;
  LC_TRY(shown.pair.certificate_pem, files::ReadWholeFile(endpoint.certificate));
  LC_TRY(shown.pair.key_pem, files::ReadWholeFile(endpoint.key));
  return shown;
}

ServiceSignals::ServiceSignals() : reloads_(ReloadRequests()), stop_(InterruptToken()) {}

void ServiceSignals::WaitForEnd(const Clock& clock, const std::function<void()>& reload,
                                const std::optional<Chore>& chore) {
  Duration done_at = clock.MonotonicNow();
  while (!stop_.stop_requested()) {
    clock.SleepUntil(clock.MonotonicNow() + kGlance, stop_);
    const std::uint64_t asked = ReloadRequests();
    if (std::exchange(reloads_, asked) != asked) reload();
    if (!chore || clock.MonotonicNow() - done_at < chore->every) continue;
    chore->act();
    done_at = clock.MonotonicNow();
  }
  spdlog::info("stopping");
}

}  // namespace loadcurve
