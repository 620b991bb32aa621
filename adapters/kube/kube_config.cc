#include "adapters/kube/kube_config.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>

#include "adapters/files/whole_file.h"
#include "adapters/kube/base64.h"

namespace loadcurve::kube {
namespace {

// A mapping of the kubeconfig and where it stands: "clusters[2].cluster".
struct Entry {
  YAML::Node node;
  std::string path;
};

class KubeConfigReader {
 public:
  KubeConfigReader(const YAML::Node& root, const std::string& file_name)
      : root_(root), file_name_(file_name) {}

  Result<KubeConfig> Read(std::string_view chosen_context) const {
    if (!root_.IsMap())
      return Refusal(root_, "the document", "a mapping with clusters, users and contexts");
    std::string context_name(chosen_context);
    if (context_name.empty()) {
      LC_TRY(context_name, Text({root_, ""}, "current-context"));
    }
    if (context_name.empty())
      return Absent(root_, "current-context", "the name of a context, or --context");
    LC_TRY(const Entry context, Named("contexts", "context", context_name));
    LC_TRY(const std::string cluster_name, Text(context, "cluster"));
    LC_TRY(const std::string user_name, Text(context, "user"));
    LC_TRY(const Entry cluster, Named("clusters", "cluster", cluster_name));

    KubeConfig config;
    LC_TRY(const std::string namespace_name, Text(context, "namespace"));
    if (!namespace_name.empty()) config.namespace_name = namespace_name;
    LC_TRY_VOID(ReadCluster(cluster, config));
    if (!user_name.empty()) {
      LC_TRY(const Entry user, Named("users", "user", user_name));
      LC_TRY_VOID(ReadUser(user, config));
    }
    return config;
  }

 private:
  tl::unexpected<Error> Refuse(const YAML::Node& node, const std::string& message) const {
    return Fail(ErrorCode::kInvalidArgument,
                file_name_ + ":" + std::to_string(node.Mark().line + 1) + ": " + message);
  }
  tl::unexpected<Error> Absent(const YAML::Node& around, const std::string& path,
                               std::string_view expected) const {
    return Refuse(around, path + " is absent; expected " + std::string(expected));
  }
  tl::unexpected<Error> Refusal(const YAML::Node& node, const std::string& path,
                                std::string_view expected) const {
    const std::string found = node.IsScalar()     ? "'" + node.Scalar() + "'"
                              : node.IsSequence() ? "a list"
                              : node.IsMap()      ? "a mapping"
                                                  : "empty";
    return Refuse(node, path + " is " + found + "; expected " + std::string(expected));
  }

  static std::string PathOf(const Entry& entry, const std::string& name) {
    return entry.path.empty() ? name : entry.path + "." + name;
  }

  // Empty where there is none, or it is null as kubectl leaves it.
  Result<std::string> Text(const Entry& entry, const std::string& name) const {
    const YAML::Node node = entry.node[name];
    if (!node || node.IsNull()) return std::string();
    if (!node.IsScalar()) return Refusal(node, PathOf(entry, name), "a text");
    return node.Scalar();
  }

  // The mapping `inner` of the element of `list` that is called `name`.
  Result<Entry> Named(const std::string& list, const std::string& inner,
                      const std::string& name) const {
    if (name.empty()) return Absent(root_, list, "the name of one in the context");
    const YAML::Node elements = root_[list];
    if (!elements) return Absent(root_, list, "a list with '" + name + "'");
    if (!elements.IsSequence()) return Refusal(elements, list, "a list");
    std::string names;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const YAML::Node element = elements[i];
      const std::string path = list + "[" + std::to_string(i) + "]";
      if (!element.IsMap()) return Refusal(element, path, "a mapping with name and " + inner);
      LC_TRY(const std::string called, Text({element, path}, "name"));
      names += (names.empty() ? "" : ", ") + called;
      if (called != name) continue;
      const YAML::Node node = element[inner];
      if (!node) return Absent(element, path + "." + inner, "a mapping");
      if (!node.IsMap()) return Refusal(node, path + "." + inner, "a mapping");
      return Entry{node, path + "." + inner};
    }
    return Refuse(elements, list + " has no '" + name + "'; it has: " + names);
  }

  // What cannot be done as asked must not be passed over.
  Result<void> RefuseField(const Entry& entry, const std::string& name,
                           std::string_view instead) const {
    const YAML::Node node = entry.node[name];
    if (!node || node.IsNull() || (node.IsScalar() && node.Scalar() == "false")) return {};
    return Refuse(node,
                  PathOf(entry, name) + " is not supported; expected " + std::string(instead));
  }

  // The content of `name`-data, or else of the file that `name` points at, and that file.
  Result<void> ReadContent(const Entry& entry, const std::string& name, std::string& content,
                           std::string& file) const {
    LC_TRY(const std::string encoded, Text(entry, name + "-data"));
    if (!encoded.empty()) {
      if (auto bytes = DecodeBase64(encoded)) {
        content = *std::move(bytes);
        return {};
      }
      return Refuse(entry.node[name + "-data"],
                    PathOf(entry, name + "-data") + " is no base64; expected PEM in base64");
    }
    LC_TRY(const std::string path, Text(entry, name));
    if (path.empty()) return {};
    file = Located(path);
    auto read = files::ReadWholeFile(file);
    if (!read) return Refuse(entry.node[name], PathOf(entry, name) + ": " + read.error().message);
    content = *std::move(read);
    return {};
  }

  std::string Located(const std::string& path) const {
    return (std::filesystem::path(file_name_).parent_path() / path).string();
  }

  Result<void> ReadCluster(const Entry& cluster, KubeConfig& config) const {
    LC_TRY_VOID(RefuseField(cluster, "insecure-skip-tls-verify", "certificate-authority-data"));
    LC_TRY_VOID(RefuseField(cluster, "proxy-url", "a server that is reached directly"));
    LC_TRY(config.server, Text(cluster, "server"));
    if (config.server.empty())
      return Absent(cluster.node, PathOf(cluster, "server"), "an https:// address");
    if (!config.server.starts_with("https://"))
      return Refusal(cluster.node["server"], PathOf(cluster, "server"), "an https:// address");
    while (config.server.ends_with('/')) config.server.pop_back();
    LC_TRY(config.tls_server_name, Text(cluster, "tls-server-name"));
    return ReadContent(cluster, "certificate-authority", config.certificate_authorities_pem,
                       config.certificate_authorities_file);
  }

  Result<void> ReadUser(const Entry& user, KubeConfig& config) const {
    constexpr std::string_view kInstead = "a client certificate, token or tokenFile";
    for (const char* name : {"exec", "auth-provider", "username", "password", "as", "as-uid",
                             "as-groups", "as-user-extra"})
      LC_TRY_VOID(RefuseField(user, name, kInstead));
    LC_TRY_VOID(ReadContent(user, "client-certificate", config.client_certificate_pem,
                            config.client_certificate_file));
    LC_TRY_VOID(ReadContent(user, "client-key", config.client_key_pem, config.client_key_file));
    if (config.client_certificate_pem.empty() != config.client_key_pem.empty())
      return Refuse(user.node, user.path +
                                   " has only one of client-certificate and client-key; "
                                   "expected both");
    // As kubectl has it: the file wins, since it is the one that is renewed.
    LC_TRY(const std::string token_file, Text(user, "tokenFile"));
    if (!token_file.empty()) {
      config.token_file = Located(token_file);
      return {};
    }
    LC_TRY(config.token, Text(user, "token"));
    return {};
  }

  YAML::Node root_;
  const std::string& file_name_;
};

}  // namespace

Result<KubeConfig> ParseKubeConfig(std::string_view text, const std::string& file_name,
                                   std::string_view context) {
  try {
    return KubeConfigReader(YAML::Load(std::string(text)), file_name).Read(context);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, file_name + ":" + std::to_string(error.mark.line + 1) +
                                                 ": this is not YAML: " + error.msg);
  }
}

Result<KubeConfig> ReadKubeConfig(const std::string& path, std::string_view context) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseKubeConfig(text, path, context);
}

}  // namespace loadcurve::kube
