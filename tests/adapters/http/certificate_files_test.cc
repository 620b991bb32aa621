#include "adapters/http/certificate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::http {
namespace {

TEST(CertificateFiles, AreReadAgainOnlyWhenTheyChange) {
  const ScratchFolder folder;
  const CertificatePair first = TestAuthority("first");
  CertificateFiles files(folder.Write("tls.crt", first.certificate_pem),
                         folder.Write("tls.key", first.key_pem));
  EXPECT_EQ(files.ReadIfChanged().value(), first);
  EXPECT_EQ(files.ReadIfChanged().value(), std::nullopt);
  const CertificatePair second = TestAuthority("second");
  folder.Write("tls.crt", second.certificate_pem);
  EXPECT_EQ(files.ReadIfChanged().error().code, ErrorCode::kInvalidArgument)
      << "caught between two writes";
  folder.Write("tls.key", second.key_pem);
  EXPECT_EQ(files.ReadIfChanged().value(), second);
}

TEST(CertificateFiles, ThatAreAbsentAreNotFound) {
  const ScratchFolder folder;
  CertificateFiles files(folder.Path("tls.crt"), folder.Path("tls.key"));
  const auto read = files.ReadIfChanged();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read.error().message, ::testing::HasSubstr("tls.crt"));
}

}  // namespace
}  // namespace loadcurve::http
