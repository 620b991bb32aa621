#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/keda/scaled_object.h"
#include "adapters/profile_codec/profile_codec.h"
#include "cmd/command.h"
#include "cmd/json_yaml.h"

namespace loadcurve {
namespace {

struct KedaFlags {
  std::string profile;
  std::string kubernetes;
  keda::ScaledObjectOptions options{};
};

Result<void> RunKeda(KedaFlags flags) {
  if (!flags.kubernetes.empty()) {
    const auto version = kube::ParseKubernetesVersion(flags.kubernetes);
    if (!version) return Within("--kubernetes", version.error());
    flags.options.hpa.kubernetes = *version;
  }
  LC_TRY(const auto profiles, profile_codec::ReadProfiles(flags.profile));
  std::string text;
  for (const ScalingProfile& profile : profiles) {
    text += (text.empty() ? "" : "---\n") + ToYaml(keda::ScaledObjectFor(profile, flags.options));
    for (const std::string& remark : keda::ScaledObjectRemarks(profile, flags.options))
      fmt::print(stderr, "loadcurve: {}: {}\n", profile.fields().metadata.name, remark);
  }
  fmt::print("{}", text);
  return {};
}

}  // namespace

void AddKedaCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<KedaFlags>();
  CLI::App* command =
      app.add_subcommand("keda", "Write the KEDA ScaledObject that follows Loadcurve's decision");
  command
      ->add_option("profile", flags->profile,
                   "ScalingProfiles, a ScaledObject for each; - is stdin")
      ->required()
      ->option_text("PROFILE.yaml");
  command->add_option("--kubernetes", flags->kubernetes, "The cluster's version, as of 'hpa'")
      ->option_text("VERSION");
  command
      ->add_option("--address", flags->options.address,
                   "Where KEDA finds 'serve --keda' (default loadcurve.loadcurve.svc:9443)")
      ->option_text("HOST:PORT");
  command
      ->add_option("--authentication", flags->options.authentication,
                   "ClusterTriggerAuthentication with caCert (default loadcurve)")
      ->option_text("NAME");
  command->footer(
      "KEDA asks 'loadcurve serve --keda' and makes the HPA; CPU stands beside it as a safety "
      "net.\n"
      "docs/keda.md has the whole set-up.\n\n"
      "Example:\n"
      "  loadcurve keda profile.yaml --kubernetes 1.35 | kubectl apply -f -");
  command->callback([flags, &chosen] { chosen = [flags] { return RunKeda(*flags); }; });
}

}  // namespace loadcurve
