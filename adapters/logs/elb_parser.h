#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {

// The access log of an AWS Application Load Balancer:
//
//   type time elb client:port target:port request_processing_time target_processing_time
//   response_processing_time elb_status_code target_status_code received_bytes sent_bytes
//   "request" "user_agent" ssl_cipher ssl_protocol target_group_arn "trace_id" "domain_name"
//   "chosen_cert_arn" matched_rule_priority request_creation_time ...
//
// `time` is the end, and what counts is target_processing_time. Where that is -1 the target
// gave no answer:
//   a target was chosen      it was held from request_creation_time to the end: a target that
//                            hangs until the time-out (504) does not look idle
//   no target, 500 and above the balancer refused: an error of no duration
//   no target, below 500     the balancer answered (a redirect): kUnserved
// A WebSocket (ws, wss) is held open from request_creation_time to the end. The workload is
// the target group, else the target, else the domain.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
class AlbParser final : public LineParser {
 public:
  explicit AlbParser(WantedFields wanted,
                     WorkloadSource workload_source = WorkloadSource::kBestKnown)
      : wanted_(wanted), workload_source_(workload_source) {}

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return "alb"; }
  std::string DurationSource() const override {
    return "target_processing_time, else time - request_creation_time";
  }

 private:
  WantedFields wanted_;
  WorkloadSource workload_source_;
};

// The access log of an AWS Classic Load Balancer:
//
//   time elb client:port backend:port request_processing_time backend_processing_time
//   response_processing_time elb_status_code backend_status_code received_bytes sent_bytes
//   "request" "user_agent" ssl_cipher ssl_protocol
//
// `time` is when the balancer received the request, so the backend began at
// time + request_processing_time; what counts is backend_processing_time. Where that is -1 the
// log does not say for how long: 500 and above is an error of no duration, below it is
// kUnserved. The workload is the backend.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
class ClassicElbParser final : public LineParser {
 public:
  explicit ClassicElbParser(WantedFields wanted,
                            WorkloadSource workload_source = WorkloadSource::kBestKnown)
      : wanted_(wanted), workload_source_(workload_source) {}

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return "elb"; }
  std::string DurationSource() const override { return "backend_processing_time"; }

 private:
  WantedFields wanted_;
  WorkloadSource workload_source_;
};

}  // namespace loadcurve::logs
