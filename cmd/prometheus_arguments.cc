#include "cmd/prometheus_arguments.h"

#include <CLI/CLI.hpp>

namespace loadcurve {
namespace {

CLI::Option* AddFile(CLI::App& command, const char* name, std::string& path, const char* help) {
  return command.add_option(name, path, help)->option_text("FILE");
}

}  // namespace

void PrometheusArguments::AddTo(CLI::App& command) {
  command
      .add_option("--prometheus", address_.url,
                  "The Prometheus, or what speaks its query API, that holds the load")
      ->option_text("URL");
  AddIdentityTo(command);
  command
      .add_option("--prometheus-header", headers_, "Sent with each query, as 'X-Scope-OrgID: shop'")
      ->option_text("NAME:VALUE");
  AddFile(command, "--prometheus-ca", address_.ca_file,
          "Authorities that vouch for it, PEM (default: the system's)");
}

void PrometheusArguments::AddIdentityTo(CLI::App& command) {
  AddFile(command, "--prometheus-token-file", address_.bearer_token_file,
          "Sent to it as a bearer token; read again for each query");
  CLI::Option* const user = command
                                .add_option("--prometheus-user", address_.user,
                                            "For basic authentication, with "
                                            "--prometheus-password-file")
                                ->option_text("NAME");
  CLI::Option* const password = AddFile(command, "--prometheus-password-file",
                                        address_.password_file, "Read once, at the start");
  user->needs(password);
  password->needs(user);
  CLI::Option* const certificate =
      AddFile(command, "--prometheus-certificate", address_.certificate_file,
              "Shown to it (mTLS), PEM, with --prometheus-key; read again as it changes");
  CLI::Option* const key =
      AddFile(command, "--prometheus-key", address_.key_file, "Of that certificate, PEM");
  certificate->needs(key);
  key->needs(certificate);
}

Result<PrometheusAddress> PrometheusArguments::ToAddress() const {
  PrometheusAddress address = address_;
  for (const std::string& text : headers_) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0)
      return Fail(ErrorCode::kInvalidArgument,
                  "--prometheus-header is '" + text + "'; expected NAME: VALUE");
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    address.headers.emplace_back(text.substr(0, colon),
                                 value == std::string::npos ? "" : text.substr(value));
  }
  return address;
}

}  // namespace loadcurve
