#include "adapters/http/certificate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

using ::testing::HasSubstr;

class CertificateFilesTest : public ::testing::Test {
 protected:
  GivenCertificate Give(const std::string& host) {
    const GivenCertificate given{TestServer(authority_, {host}), authority_.certificate_pem};
    folder_.Write("tls.crt", given.pair.certificate_pem);
    folder_.Write("tls.key", given.pair.key_pem);
    folder_.Write("ca.crt", given.authorities_pem);
    return given;
  }

  const ScratchFolder folder_;
  const CertificatePair authority_ = TestAuthority("authority");
  CertificateFiles files_{
      {folder_.Path("tls.crt"), folder_.Path("tls.key"), folder_.Path("ca.crt")},
      "loadcurve.loadcurve.svc"};
};

TEST_F(CertificateFilesTest, AreReadAgainOnlyWhenTheyChange) {
  const GivenCertificate first = Give("loadcurve.loadcurve.svc");
  EXPECT_EQ(files_.ReadIfChanged().value(), first);
  EXPECT_EQ(files_.ReadIfChanged().value(), std::nullopt);
  const GivenCertificate second = Give("*.loadcurve.svc");
  folder_.Write("tls.key", first.pair.key_pem);
  EXPECT_EQ(files_.ReadIfChanged().error().code, ErrorCode::kInvalidArgument)
      << "caught between two writes";
  folder_.Write("tls.key", second.pair.key_pem);
  EXPECT_EQ(files_.ReadIfChanged().value(), second);
}

TEST_F(CertificateFilesTest, ThatNameSomeoneElseAreRefused) {
  Give("other.default.svc");
  const auto read = files_.ReadIfChanged();
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message,
              HasSubstr("tls.crt names other.default.svc; expected a certificate for "
                        "loadcurve.loadcurve.svc"));
}

TEST_F(CertificateFilesTest, WithoutAnAuthorityAreRefused) {
  Give("loadcurve.loadcurve.svc");
  folder_.Write("ca.crt", "");
  const auto read = files_.ReadIfChanged();
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("ca.crt"));
}

TEST_F(CertificateFilesTest, ThatAreAbsentAreNotFound) {
  const auto read = files_.ReadIfChanged();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read.error().message, HasSubstr("tls.crt"));
}

}  // namespace
}  // namespace loadcurve::http
