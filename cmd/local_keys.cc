#include "cmd/local_keys.h"

#include <filesystem>
#include <map>
#include <utility>

#include "adapters/files/whole_file.h"

namespace loadcurve {
namespace {

// The names that ServingKeys has in a Secret, each a file.
constexpr const char* kClientCertificate = "client.crt";
constexpr const char* kClientKey = "client.key";
constexpr const char* kAuthority = "ca-bundle.crt";
// A client certificate of that long is renewed at the start, a third of it before its end.
constexpr Duration kClientLifetime = std::chrono::days(90);

std::string PathIn(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

Result<void> WriteSecretly(const std::string& path, const std::string& text) {
  LC_TRY_VOID(files::WriteFileAtomically(path, text));
  using std::filesystem::perms;
  std::error_code failed;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, failed);
  if (failed) return Fail(ErrorCode::kUnavailable, "guarding " + path + ": " + failed.message());
  return {};
}

Result<void> MakeFolder(const std::string& folder) {
  std::error_code failed;
  const bool is_new = std::filesystem::create_directories(folder, failed);
  if (failed) return Fail(ErrorCode::kUnavailable, "creating " + folder + ": " + failed.message());
  if (is_new) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  return {};
}

Result<std::map<std::string, std::string>> ReadEntries(const std::string& folder) {
  std::map<std::string, std::string> entries;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (!entry.is_regular_file()) continue;
    LC_TRY(entries[entry.path().filename().string()], files::ReadWholeFile(entry.path().string()));
  }
  if (failed) return Fail(ErrorCode::kUnavailable, "reading " + folder + ": " + failed.message());
  return entries;
}

Result<http::ServingKeys> ServingKeysIn(const std::string& folder,
                                        const std::map<std::string, std::string>& entries,
                                        TimePoint now) {
  const http::RotationPolicy policy = http::PolicyFor("loadcurve", "default");
  if (!entries.contains(kAuthority)) return http::Rotated(nullptr, "", policy, now);
  const auto known = http::FromSecret(entries);
  if (!known) return Within(folder, known.error());
  return http::Rotated(&*known, entries.at(kAuthority), policy, now);
}

bool IsFresh(const std::map<std::string, std::string>& entries, TimePoint now) {
  const auto certificate = entries.find(kClientCertificate);
  if (certificate == entries.end() || !entries.contains(kClientKey)) return false;
  const auto facts = http::FactsOf(certificate->second);
  return facts && facts->not_after - now > kClientLifetime / 3;
}

}  // namespace

Result<LocalKeys> OpenLocalKeys(const std::string& folder, TimePoint now) {
  LC_TRY_VOID(MakeFolder(folder));
  LC_TRY(const auto entries, ReadEntries(folder));
  LC_TRY(http::ServingKeys keys, ServingKeysIn(folder, entries, now));
  for (const auto& [name, text] : http::ToSecret(keys))
    LC_TRY_VOID(WriteSecretly(PathIn(folder, name), text));
  const bool is_same_authority =
      entries.contains(kAuthority) && entries.at(kAuthority) == http::CaBundle(keys);
  LC_TRY_VOID(WriteSecretly(PathIn(folder, kAuthority), http::CaBundle(keys)));
  if (!is_same_authority || !IsFresh(entries, now)) {
    LC_TRY(const http::CertificatePair client,
           http::IssueLeaf(keys.authority,
                           {.common_name = "loadcurve-user",
                            .organizations = {"system:masters"},
                            .use = http::CertificateUse::kClient},
                           {now - std::chrono::minutes(5), kClientLifetime}));
    LC_TRY_VOID(WriteSecretly(PathIn(folder, kClientKey), client.key_pem));
    LC_TRY_VOID(WriteSecretly(PathIn(folder, kClientCertificate), client.certificate_pem));
  }
  return LocalKeys{std::move(keys), PathIn(folder, kAuthority), PathIn(folder, kClientCertificate),
                   PathIn(folder, kClientKey)};
}

}  // namespace loadcurve
