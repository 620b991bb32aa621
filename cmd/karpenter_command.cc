#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/karpenter_manifest.h"
#include "adapters/kube/karpenter_writer.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/json_yaml.h"
#include "cmd/kube_connection.h"
#include "cmd/learnt_option.h"
#include "cmd/priced_pools.h"

namespace loadcurve {
namespace {

struct KarpenterFlags {
  PricedPools pools;
  LearntOption learnt;
  ClusterChoice cluster;
  std::string price = "adjusted";
  bool applies = false;
};

Result<void> PrintManifests(const std::vector<capacity::CapacityOffer>& pools,
                            kube::OverlayPrice price) {
  LC_TRY(auto objects, kube::NodeOverlaysFor(pools, price));
  for (auto& patch : kube::NodePoolPatchesFor(pools)) objects.push_back(std::move(patch));
  std::string text;
  for (const auto& object : objects) text += (text.empty() ? "" : "---\n") + ToYaml(object);
  fmt::print("{}", text);
  return {};
}

Result<void> Apply(const ClusterChoice& choice, const std::vector<capacity::CapacityOffer>& pools,
                   kube::OverlayPrice price, const Clock& clock) {
  LC_TRY(const kube::KubeConfig config, ConfigOf(choice));
  KubeConnection cluster(config, clock);
  LC_TRY(const kube::KarpenterReport report,
         kube::KarpenterWriter(cluster.client).Write(pools, price));
  for (const std::string& name : report.written) fmt::print("applied {}\n", name);
  for (const std::string& name : report.removed) fmt::print("removed {}\n", name);
  for (const std::string& problem : report.problems) fmt::print(stderr, "loadcurve: {}\n", problem);
  if (report.problems.empty()) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("{} of the objects are not as the pools say", report.problems.size()));
}

Result<kube::OverlayPrice> PriceNamed(const std::string& name) {
  if (name == "adjusted") return kube::OverlayPrice::kAdjusted;
  if (name == "absolute") return kube::OverlayPrice::kAbsolute;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--price is '{}'; expected adjusted or absolute", name));
}

Result<void> RunKarpenter(KarpenterFlags& flags) {
  LC_TRY(const kube::OverlayPrice price, PriceNamed(flags.price));
  if (flags.cluster.is_made() && !flags.applies && !flags.learnt.is_asked())
    return Fail(ErrorCode::kInvalidArgument,
                "a cluster is named and nothing is asked of it; expected --apply or --learnt too");
  LC_TRY(const StatedPools stated, flags.pools.Read());
  const SystemClock clock;
  LC_TRY_VOID(flags.learnt.Connect(flags.cluster, clock));
  // Beside what is printed, which goes to a file or to kubectl.
  const auto pools = flags.learnt.Believed(
      stated, [](const std::string& line) { fmt::print(stderr, "loadcurve: {}\n", line); });
  return flags.applies ? Apply(flags.cluster, pools, price, clock) : PrintManifests(pools, price);
}

}  // namespace

void AddKarpenterCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<KarpenterFlags>();
  CLI::App* command = app.add_subcommand(
      "karpenter", "Tell Karpenter what pools cost for the load they carry, risk included");
  flags->pools.AddTo(*command);
  flags->learnt.AddTo(*command);
  command
      ->add_option("--price", flags->price,
                   "adjusted: in percent of what Karpenter knows (default); absolute: the price "
                   "of the pool, with its risk and speed")
      ->option_text("HOW");
  command->add_flag("--apply", flags->applies,
                    "Write them into the cluster, and remove what is no longer there");
  flags->cluster.AddTo(*command);
  command->footer(
      "A NodeOverlay for each pool: its type, zone, contract and NodePool cost\n"
      "  price x (1 + lossesPerHour x 1 h) / speed\n"
      "so that Karpenter pays a little more where nodes are taken away, and takes the newer core\n"
      "that carries more. Pools that cost what they cost need none.\n"
      "A pool with the label karpenter.sh/nodepool also sets that NodePool's limits.nodes, the\n"
      "sum of 'most', and its weight: 100 for the cheapest core, 10 less for each that is dearer.\n"
      "A NodePool whose pools are all reserved is static: spec.replicas is their sum of 'most'.\n"
      "One that would have to change between static and dynamic is refused: Karpenter forbids it.\n"
      "Other fields that somebody else set are left alone, and told.\n"
      "Karpenter must run with the feature gate NodeOverlay=true, and StaticCapacity=true for\n"
      "static NodePools. docs/capacity.md tells more.\n\n"
      "Examples:\n"
      "  loadcurve karpenter --pools capacity.yaml\n"
      "  loadcurve karpenter --pools capacity.yaml --learnt fleet --apply\n"
      "  loadcurve karpenter --pools capacity.yaml --apply --context production");
  command->callback([flags, &chosen] { chosen = [flags] { return RunKarpenter(*flags); }; });
}

}  // namespace loadcurve
