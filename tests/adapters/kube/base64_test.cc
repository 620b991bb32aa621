#include "adapters/kube/base64.h"

#include <gtest/gtest.h>

namespace loadcurve::kube {
namespace {

TEST(Base64, GivesTheVectorsOfRfc4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
}

TEST(Base64, KeepsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(DecodeBase64(EncodeBase64(all)), all);
}

TEST(Base64, PassesOverLineBreaksAndRefusesTheRest) {
  EXPECT_EQ(DecodeBase64("Zm9v\nYmFy\n"), "foobar");
  for (const char* wrong : {"Zg", "Zg=", "Z", "Zm9v!", "Zg==Zg=="})
    EXPECT_FALSE(DecodeBase64(wrong)) << wrong;
}

}  // namespace
}  // namespace loadcurve::kube
