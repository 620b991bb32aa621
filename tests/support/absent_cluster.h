#pragma once

#include <string_view>

namespace loadcurve {

// A kubeconfig of a cluster where nobody listens.
inline constexpr std::string_view kAbsentCluster = R"(apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {token: t}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
)";

}  // namespace loadcurve
