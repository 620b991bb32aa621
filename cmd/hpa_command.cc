#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/kube/hpa_manifest.h"
#include "adapters/profile_codec/profile_codec.h"
#include "cmd/command.h"
#include "cmd/cpu_quantity.h"
#include "cmd/json_yaml.h"

namespace loadcurve {
namespace {

struct HpaFlags {
  std::string profile;
  std::string kubernetes;
  std::string cpu_request;
  std::string cpu_limit;
  std::string output = "yaml";
};

Result<kube::HpaOptions> OptionsOf(const HpaFlags& flags) {
  kube::HpaOptions options;
  if (!flags.kubernetes.empty()) {
    const auto version = kube::ParseKubernetesVersion(flags.kubernetes);
    if (!version) return Within("--kubernetes", version.error());
    options.kubernetes = *version;
  }
  if (flags.cpu_request.empty() && flags.cpu_limit.empty()) return options;
  if (flags.cpu_request.empty() || flags.cpu_limit.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--cpu-request and --cpu-limit go together: only their ratio counts");
  const auto request = ParseCpuQuantity(flags.cpu_request);
  if (!request) return Within("--cpu-request", request.error());
  const auto limit = ParseCpuQuantity(flags.cpu_limit);
  if (!limit) return Within("--cpu-limit", limit.error());
  if (*limit < *request)
    return Fail(ErrorCode::kInvalidArgument, "--cpu-limit is " + flags.cpu_limit +
                                                 "; expected at least --cpu-request, " +
                                                 flags.cpu_request);
  options.limit_by_request = *limit / *request;
  return options;
}

std::string Yaml(const std::vector<nlohmann::ordered_json>& manifests) {
  std::string text;
  for (const auto& manifest : manifests) text += (text.empty() ? "" : "---\n") + ToYaml(manifest);
  return text;
}

// One object, or a List of several, as kubectl takes them.
std::string Json(std::vector<nlohmann::ordered_json> manifests) {
  if (manifests.size() == 1) return manifests.front().dump(2) + "\n";
  const nlohmann::ordered_json list = {
      {"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(manifests)}};
  return list.dump(2) + "\n";
}

Result<void> RunHpa(const HpaFlags& flags) {
  LC_TRY(const kube::HpaOptions options, OptionsOf(flags));
  LC_TRY(const auto profiles, profile_codec::ReadProfiles(flags.profile));
  std::vector<nlohmann::ordered_json> manifests;
  for (const ScalingProfile& profile : profiles) {
    manifests.push_back(kube::HpaFor(profile, options));
    for (const std::string& remark : kube::HpaRemarks(profile, options))
      fmt::print(stderr, "loadcurve: {}: {}\n", profile.fields().metadata.name, remark);
  }
  fmt::print("{}", flags.output == "json" ? Json(std::move(manifests)) : Yaml(manifests));
  return {};
}

}  // namespace

void AddHpaCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<HpaFlags>();
  CLI::App* command = app.add_subcommand(
      "hpa", "Write the HorizontalPodAutoscaler that follows Loadcurve's decision");
  command->add_option("profile", flags->profile, "ScalingProfiles, an HPA for each; - is stdin")
      ->required()
      ->option_text("PROFILE.yaml");
  command
      ->add_option("--kubernetes", flags->kubernetes,
                   "The cluster's version (1.35); newer ones allow more exact HPAs")
      ->option_text("VERSION");
  command
      ->add_option("--cpu-request", flags->cpu_request,
                   "CPU request of the pods (250m), where it is not their limit")
      ->option_text("CPU");
  command->add_option("--cpu-limit", flags->cpu_limit, "CPU limit of the pods (500m)")
      ->option_text("CPU");
  command->add_option("-o,--output", flags->output, "How to print: yaml (default) or json")
      ->check(CLI::IsMember({"yaml", "json"}))
      ->option_text("yaml|json");
  command->footer(
      "The HPA follows the external metric loadcurve-replicas. CPU stands beside it as a safety\n"
      "net, at a target derived from the profile that does not bind while Loadcurve works: an HPA\n"
      "whose only metric fails changes nothing, not even upward.\n\n"
      "Example:\n"
      "  loadcurve hpa profile.yaml --kubernetes 1.35 | kubectl apply -f -");
  command->callback([flags, &chosen] { chosen = [flags] { return RunHpa(*flags); }; });
}

}  // namespace loadcurve
