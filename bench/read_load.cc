#include "bench/read_load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <thread>

#include "base/check.h"
#include "base/clock.h"

namespace loadcurve::bench {
namespace {

constexpr int kThreads = 2;

// The length of the body that the header announces, or npos.
std::size_t AnnouncedLength(std::string_view header) {
  constexpr std::string_view kName = "content-length: ";
  const auto same = [](char a, char b) { return std::tolower(a) == b; };
  const auto found = std::search(header.begin(), header.end(), kName.begin(), kName.end(), same);
  if (found == header.end()) return std::string_view::npos;
  const auto digits =
      header.substr(static_cast<std::size_t>(found - header.begin()) + kName.size());
  std::size_t length = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  return length;
}

bool IsWhole(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const std::size_t length = AnnouncedLength(answer.substr(0, end));
  if (length == std::string_view::npos) return answer.ends_with("0\r\n\r\n");  // chunked
  return answer.size() >= end + 4 + length;
}

// One keep-alive connection; not blocking after its handshake.
class Reader {
 public:
  Reader(const ReadTarget& target, const std::string& request)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)), ssl_(SSL_new(target.context)), request_(request) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    Check(inet_pton(AF_INET, target.address.c_str(), &address.sin_addr) == 1, "an IPv4 address");
    Check(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
          "the server listens");
    const int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    SSL_set_fd(ssl_, socket_);
    SSL_set_read_ahead(ssl_, 1);  // one system call a record
    Check(SSL_connect(ssl_) == 1, "the handshake goes well");
    // What comes unasked, a session ticket, is not to be waited behind.
    fcntl(socket_, F_SETFL, O_NONBLOCK);
  }
  ~Reader() {
    SSL_free(ssl_);
    close(socket_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int socket_number() const { return socket_; }
  std::string tls() const {
    return fmt::format("{}, {}", SSL_get_version(ssl_), SSL_get_cipher(ssl_));
  }
  const std::string& answer() const { return answer_; }
  Duration due() const { return due_; }

  void Ask(Duration due) {
    due_ = due;
    answer_.clear();
    Check(SSL_write(ssl_, request_.data(), static_cast<int>(request_.size())) ==
              static_cast<int>(request_.size()),
          "a request fits into the socket's buffer");
  }

  // True once the whole answer is here.
  bool HasAnswer() {
    do {
      const int size = SSL_read(ssl_, buffer_.data(), static_cast<int>(buffer_.size()));
      if (size <= 0) {
        Check(SSL_get_error(ssl_, size) == SSL_ERROR_WANT_READ, "the server keeps the connection");
        return false;
      }
      answer_.append(buffer_.data(), static_cast<std::size_t>(size));
    } while (SSL_has_pending(ssl_) == 1);
    return IsWhole(answer_);
  }

 private:
  int socket_;
  SSL* ssl_;
  const std::string& request_;
  Duration due_{0};
  std::string answer_;
  std::array<char, 16384> buffer_{};
};

double ThreadCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

// One thread of clients.
class Clients {
 public:
  Clients(const ReadTarget& target, const ReadLoad& load, int thread)
      : wanted_(load.reads / kThreads),
        interval_(load.rate > 0 ? static_cast<std::int64_t>(1e6 * kThreads / load.rate) : 0),
        epoll_(epoll_create1(0)) {
    for (int i = 0; i < std::max(1, load.connections / kThreads); ++i) {
      const auto turn = static_cast<std::size_t>(i * 37 + thread * 11) % target.requests.size();
      readers_.push_back(std::make_unique<Reader>(target, target.requests[turn]));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = readers_.back().get();
      epoll_ctl(epoll_, EPOLL_CTL_ADD, readers_.back()->socket_number(), &event);
      free_.push_back(readers_.back().get());
    }
    outcome_.latencies_us.reserve(static_cast<std::size_t>(wanted_));
    outcome_.tls = readers_.front()->tls();
  }
  ~Clients() { close(epoll_); }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  void Run(Duration start) {
    next_ = start;
    const double cpu_before = ThreadCpuSeconds();
    while (outcome_.latencies_us.size() < static_cast<std::size_t>(wanted_)) {
      Send();
      Receive();
    }
    outcome_.client_cpu_seconds = ThreadCpuSeconds() - cpu_before;
  }

  Duration interval() const { return interval_; }
  ReadOutcome& outcome() { return outcome_; }

 private:
  void Send() {
    while (sent_ < wanted_ && !free_.empty()) {
      const Duration now = clock_.MonotonicNow();
      if (interval_ > Duration(0) && now < next_) return;
      free_.back()->Ask(interval_ > Duration(0) ? next_ : now);
      free_.pop_back();
      ++sent_;
      next_ += interval_;
    }
  }

  void Receive() {
    timespec patience{.tv_sec = 1, .tv_nsec = 0};
    if (interval_ > Duration(0) && sent_ < wanted_ && !free_.empty()) {
      const Duration left = std::max(Duration(0), next_ - clock_.MonotonicNow());
      patience = {.tv_sec = 0, .tv_nsec = std::min<long>(left.count(), 999'999) * 1000};
    }
    std::array<epoll_event, 64> events{};
    const int count =
        epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &patience, nullptr);
    for (int i = 0; i < count; ++i) {
      auto& reader = *static_cast<Reader*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (reader.HasAnswer()) Note(reader);
    }
  }

  void Note(Reader& reader) {
    outcome_.latencies_us.push_back(
        static_cast<double>((clock_.MonotonicNow() - reader.due()).count()));
    if (!reader.answer().starts_with("HTTP/1.1 200")) ++outcome_.failures;
    if (outcome_.first_answer.empty()) outcome_.first_answer = reader.answer();
    free_.push_back(&reader);
  }

  const int wanted_;
  const Duration interval_;
  const int epoll_;
  const SystemClock clock_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Reader*> free_;
  int sent_ = 0;
  Duration next_{0};
  ReadOutcome outcome_;
};

}  // namespace

ClientContext MakeClientContext(const std::string& certificate_pem, const std::string& key_pem) {
  ClientContext context(SSL_CTX_new(TLS_client_method()));
  // What kube-apiserver, a program in Go, prefers where the processor knows AES.
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
  BIO* const certificate_text = BIO_new_mem_buf(certificate_pem.data(), -1);
  BIO* const key_text = BIO_new_mem_buf(key_pem.data(), -1);
  X509* const certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  Check(SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), key) == 1,
        "the certificate and its key belong together");
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_text);
  BIO_free(key_text);
  return context;
}

std::string HpaRequest(const std::string& path, const std::string& host) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\n"
      "User-Agent: kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/abcdef/"
      "horizontal-pod-autoscaler\r\n"
      "Accept: application/vnd.kubernetes.protobuf, */*\r\n"
      "Audit-Id: 8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
      "X-Forwarded-For: 10.0.0.1\r\n"
      "X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id: "
      "JTI=8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
      "X-Remote-Group: system:serviceaccounts\r\n"
      "X-Remote-Group: system:serviceaccounts:kube-system\r\n"
      "X-Remote-Group: system:authenticated\r\n"
      "X-Remote-Uid: 8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
      "X-Remote-User: system:serviceaccount:kube-system:horizontal-pod-autoscaler\r\n"
      "Accept-Encoding: gzip\r\n\r\n",
      path, host);
}

ReadOutcome ReadMetrics(const ReadTarget& target, const ReadLoad& load) {
  std::array<std::unique_ptr<Clients>, kThreads> clients;
  for (std::size_t i = 0; i < kThreads; ++i)
    clients.at(i) = std::make_unique<Clients>(target, load, static_cast<int>(i));
  const SystemClock clock;
  const Duration begin = clock.MonotonicNow();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        Clients& mine = *clients.at(i);
        mine.Run(begin + mine.interval() * static_cast<int>(i) / kThreads);
      });
  }
  ReadOutcome all = std::move(clients[0]->outcome());
  all.seconds = Seconds(clock.MonotonicNow() - begin);
  const ReadOutcome& other = clients[1]->outcome();
  all.latencies_us.insert(all.latencies_us.end(), other.latencies_us.begin(),
                          other.latencies_us.end());
  std::sort(all.latencies_us.begin(), all.latencies_us.end());
  all.failures += other.failures;
  all.client_cpu_seconds += other.client_cpu_seconds;
  return all;
}

}  // namespace loadcurve::bench
