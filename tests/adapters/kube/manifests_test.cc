// The manifests against each other, and against what the code asks of the API server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "adapters/kube/headroom_manifest.h"

namespace loadcurve::kube {
namespace {

using testing::Contains;

constexpr const char* kFolder = LOADCURVE_SOURCE_DIR "/deploy/manifests/";

std::vector<YAML::Node> Documents(const std::string& file) {
  return YAML::LoadAllFromFile(kFolder + file);
}

std::vector<YAML::Node> AllDocuments() {
  std::vector<YAML::Node> all;
  for (const auto& resource :
       YAML::LoadFile(kFolder + std::string("kustomization.yaml"))["resources"]) {
    const std::string name = resource.Scalar();
    if (!name.ends_with(".yaml")) continue;
    for (const YAML::Node& document : Documents(name)) all.push_back(document);
  }
  return all;
}

YAML::Node Find(const std::string& kind, const std::string& name) {
  for (const YAML::Node& document : AllDocuments()) {
    if (document["kind"].Scalar() == kind && document["metadata"]["name"].Scalar() == name)
      return document;
  }
  ADD_FAILURE() << "there is no " << kind << " " << name;
  return {};
}

bool Has(const YAML::Node& list, const std::string& value) {
  return std::any_of(list.begin(), list.end(), [&](const YAML::Node& each) {
    return each.Scalar() == value || each.Scalar() == "*";
  });
}

bool Allows(const YAML::Node& role, const std::string& group, const std::string& resource,
            const std::string& verb) {
  for (const auto& rule : role["rules"]) {
    const bool is_scale = resource.ends_with("/scale") && Has(rule["resources"], "*/scale");
    if (Has(rule["apiGroups"], group) && (is_scale || Has(rule["resources"], resource)) &&
        Has(rule["verbs"], verb))
      return true;
  }
  return false;
}

TEST(Manifests, GrantWhatTheCodeAsksFor) {
  const YAML::Node controller = Find("ClusterRole", "loadcurve:controller");
  for (const char* verb : {"list", "create", "delete"})
    EXPECT_TRUE(Allows(controller, "loadcurve.dev", "capacityorders", verb)) << verb;
  EXPECT_TRUE(Allows(controller, "loadcurve.dev", "capacityorders/status", "patch"));
  for (const char* verb : {"list", "watch"}) {
    EXPECT_TRUE(Allows(controller, "loadcurve.dev", "scalingprofiles", verb)) << verb;
    EXPECT_TRUE(Allows(controller, "", "pods", verb)) << verb;
  }
  EXPECT_TRUE(Allows(controller, "loadcurve.dev", "capacityprofiles", "watch"));
  for (const char* kind : {"scalingprofiles/status", "capacityprofiles/status"})
    EXPECT_TRUE(Allows(controller, "loadcurve.dev", kind, "patch")) << kind;
  EXPECT_TRUE(Allows(controller, "apps", "deployments/scale", "get"));
  EXPECT_TRUE(Allows(controller, "autoscaling", "horizontalpodautoscalers", "list"));
  for (const char* verb : {"create", "patch", "delete"})
    EXPECT_TRUE(Allows(controller, "autoscaling", "horizontalpodautoscalers", verb)) << verb;
  EXPECT_TRUE(Allows(controller, "apps", "deployments", "get"));
  EXPECT_TRUE(Allows(controller, "", "namespaces", "watch"));
  EXPECT_TRUE(Allows(controller, "events.k8s.io", "events", "create"));
  const YAML::Node own = Find("Role", "loadcurve");
  for (const char* verb : {"get", "create", "update"})
    EXPECT_TRUE(Allows(own, "coordination.k8s.io", "leases", verb)) << verb;
}

TEST(Manifests, ChangeNoReplicasUnlessDirectModeIsAskedFor) {
  const YAML::Node controller = Find("ClusterRole", "loadcurve:controller");
  for (const char* verb : {"patch", "update"}) {
    EXPECT_FALSE(Allows(controller, "apps", "deployments/scale", verb));
    EXPECT_FALSE(Allows(controller, "apps", "deployments", verb));
  }
  EXPECT_TRUE(Allows(Documents("direct-mode.yaml")[0], "apps", "deployments/scale", "patch"));
}

TEST(Manifests, DelegateAuthenticationAndAuthorization) {
  EXPECT_EQ(
      Find("ClusterRoleBinding", "loadcurve:system:auth-delegator")["roleRef"]["name"].Scalar(),
      "system:auth-delegator");
  const YAML::Node reader =
      Find("RoleBinding", "loadcurve:extension-apiserver-authentication-reader");
  EXPECT_EQ(reader["metadata"]["namespace"].Scalar(), "kube-system");
  EXPECT_EQ(reader["roleRef"]["name"].Scalar(), "extension-apiserver-authentication-reader");
  const YAML::Node hpa = Find("ClusterRoleBinding", "loadcurve:external-metrics-reader");
  EXPECT_EQ(hpa["subjects"][0]["name"].Scalar(), "horizontal-pod-autoscaler");
  EXPECT_EQ(hpa["subjects"][0]["namespace"].Scalar(), "kube-system");
}

TEST(Manifests, BindToTheAccountThatThePodsRunAs) {
  const YAML::Node pod = Find("Deployment", "loadcurve")["spec"]["template"]["spec"];
  EXPECT_EQ(pod["serviceAccountName"].Scalar(),
            Find("ServiceAccount", "loadcurve")["metadata"]["name"].Scalar());
  for (const YAML::Node& document : AllDocuments()) {
    for (const auto& subject : document["subjects"])
      EXPECT_EQ(subject["namespace"].Scalar(),
                subject["name"].Scalar() == "loadcurve" ? "loadcurve" : "kube-system");
  }
}

TEST(Manifests, RegisterTheServiceThatTheDeploymentServes) {
  const YAML::Node api = Find("APIService", "v1beta1.external.metrics.k8s.io")["spec"];
  const YAML::Node service = Find("Service", "loadcurve");
  const YAML::Node deployment = Find("Deployment", "loadcurve")["spec"];
  EXPECT_EQ(api["service"]["name"].Scalar(), service["metadata"]["name"].Scalar());
  EXPECT_EQ(api["service"]["namespace"].Scalar(), service["metadata"]["namespace"].Scalar());
  EXPECT_EQ(api["service"]["port"].as<int>(), service["spec"]["ports"][0]["port"].as<int>());
  EXPECT_FALSE(api["insecureSkipTLSVerify"]);
  const YAML::Node port = deployment["template"]["spec"]["containers"][0]["ports"][0];
  EXPECT_EQ(service["spec"]["ports"][0]["targetPort"].Scalar(), port["name"].Scalar());
  const std::string label = "app.kubernetes.io/name";
  const std::string name = deployment["template"]["metadata"]["labels"][label].Scalar();
  EXPECT_EQ(service["spec"]["selector"][label].Scalar(), name);
  EXPECT_EQ(deployment["selector"]["matchLabels"][label].Scalar(), name);
  EXPECT_EQ(
      Find("PodDisruptionBudget", "loadcurve")["spec"]["selector"]["matchLabels"][label].Scalar(),
      name);
}

TEST(Manifests, RunTwoReplicasWithoutPrivileges) {
  const YAML::Node deployment = Find("Deployment", "loadcurve")["spec"];
  EXPECT_EQ(deployment["replicas"].as<int>(), 2);
  const YAML::Node pod = deployment["template"]["spec"];
  EXPECT_TRUE(pod["securityContext"]["runAsNonRoot"].as<bool>());
  const YAML::Node container = pod["containers"][0];
  EXPECT_TRUE(container["securityContext"]["readOnlyRootFilesystem"].as<bool>());
  EXPECT_FALSE(container["securityContext"]["allowPrivilegeEscalation"].as<bool>());
  for (const char* probe : {"startupProbe", "livenessProbe", "readinessProbe"})
    EXPECT_EQ(container[probe]["httpGet"]["scheme"].Scalar(), "HTTPS") << probe;
}

// Rights that a cluster gives only for what it wants.
const std::set<std::string> kOnlyWhereWanted = {"cluster-api.yaml", "direct-mode.yaml",
                                                "forwarding.yaml",  "node-pools.yaml",
                                                "nodes-ahead.yaml", "placeholder-pods.yaml"};

TEST(Manifests, AskForNoNodesUnlessThatIsAskedFor) {
  const YAML::Node controller = Find("ClusterRole", "loadcurve:controller");
  EXPECT_FALSE(Allows(controller, "autoscaling.x-k8s.io", "capacitybuffers", "patch"));
  const YAML::Node by_buffers = Documents("nodes-ahead.yaml")[0];
  const auto by_pods = Documents("placeholder-pods.yaml");
  for (const char* verb : {"get", "list", "create", "patch", "delete"}) {
    EXPECT_TRUE(Allows(by_buffers, "autoscaling.x-k8s.io", "capacitybuffers", verb)) << verb;
    EXPECT_FALSE(Allows(by_buffers, "apps", "deployments", verb)) << verb;
    EXPECT_TRUE(Allows(by_pods[1], "apps", "deployments", verb)) << verb;
  }
  EXPECT_EQ(by_pods[0]["metadata"]["name"].Scalar(), kPlaceholderClass);
  EXPECT_EQ(by_pods[0]["value"].as<int>(), kPlaceholderPriority);
  EXPECT_TRUE(Allows(by_pods[2], "scheduling.k8s.io", "priorityclasses", "get"));
}

TEST(Manifests, ChangeNoNodesUnlessThatIsAskedFor) {
  const YAML::Node controller = Find("ClusterRole", "loadcurve:controller");
  EXPECT_FALSE(Allows(controller, "", "nodes", "patch"));
  EXPECT_FALSE(Allows(controller, "", "pods", "delete"));
  EXPECT_FALSE(Allows(controller, "", "pods/eviction", "create"));
  const YAML::Node buyer = Documents("node-pools.yaml")[0];
  for (const char* verb : {"get", "list", "watch", "patch"})
    EXPECT_TRUE(Allows(buyer, "", "nodes", verb)) << verb;
  EXPECT_FALSE(Allows(buyer, "", "nodes", "delete"));
  EXPECT_TRUE(Allows(buyer, "", "pods/eviction", "create"));
  EXPECT_TRUE(Allows(buyer, "", "pods", "delete"));
  const YAML::Node by_machines = Documents("cluster-api.yaml")[0];
  for (const char* owner : {"machinedeployments", "machinepools"}) {
    EXPECT_TRUE(Allows(by_machines, "cluster.x-k8s.io", owner, "get")) << owner;
    EXPECT_TRUE(Allows(by_machines, "cluster.x-k8s.io", owner + std::string("/scale"), "patch"))
        << owner;
  }
  EXPECT_FALSE(Allows(by_machines, "cluster.x-k8s.io", "machines", "delete"));
}

TEST(Manifests, AreAllInTheKustomizationButWhatIsOnlyForSome) {
  std::vector<std::string> listed;
  for (const auto& resource :
       YAML::LoadFile(kFolder + std::string("kustomization.yaml"))["resources"])
    listed.push_back(resource.Scalar());
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = file.path().filename();
    if (name == "kustomization.yaml" || kOnlyWhereWanted.contains(name)) continue;
    EXPECT_THAT(listed, Contains(name));
  }
}

}  // namespace
}  // namespace loadcurve::kube
