#include "adapters/grpc/server_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <utility>

namespace loadcurve::rpc {

ServerCredentials::ServerCredentials(ServerIdentity identity)
    : asks_clients_(!identity.client_ca_pem.empty()), identity_(std::move(identity)) {}

void ServerCredentials::Use(ServerIdentity identity) {
  const std::lock_guard lock(mutex_);
  identity_ = std::move(identity);
  is_new_ = true;
}

int ServerCredentials::AddPortToServer(const std::string& address, grpc_server* server) {
  grpc_ssl_server_credentials_options* const options =
      grpc_ssl_server_credentials_create_options_using_config_fetcher(
          asks_clients_ ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                        : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
          &ServerCredentials::Fetch, this);
  // The options go with the credentials, and these stay with the port that holds them.
  grpc_server_credentials* const credentials =
      grpc_ssl_server_credentials_create_with_options(options);
  if (credentials == nullptr) return 0;
  const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
  grpc_server_credentials_release(credentials);
  return port;
}

grpc_ssl_certificate_config_reload_status ServerCredentials::Fetch(
    void* credentials, grpc_ssl_server_certificate_config** config) {
  auto& self = *static_cast<ServerCredentials*>(credentials);
  const std::lock_guard lock(self.mutex_);
  if (!std::exchange(self.is_new_, false)) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const grpc_ssl_pem_key_cert_pair pair{self.identity_.pair.key_pem.c_str(),
                                        self.identity_.pair.certificate_pem.c_str()};
  // gRPC insists on authorities; where no certificate is asked for, nothing is held to them.
  const std::string& authorities =
      self.asks_clients_ ? self.identity_.client_ca_pem : self.identity_.pair.certificate_pem;
  *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
  return *config == nullptr ? GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL
                            : GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace loadcurve::rpc
