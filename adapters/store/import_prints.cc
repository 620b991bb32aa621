#include "adapters/store/import_prints.h"

namespace loadcurve::store {

MinutePrints PrintsOf(const HourCells& cells) {
  std::map<std::uint32_t, std::uint64_t> hashes;
  for (const auto& [key, cell] : cells) {
    if (cell.count == 0) continue;
    std::uint64_t& hash = hashes.try_emplace(key.window, 0xCBF29CE484222325U).first->second;
    for (const std::uint64_t number :
         {std::uint64_t{key.series}, std::uint64_t{key.bucket}, cell.count, cell.duration_us}) {
      for (unsigned shift = 0; shift < 64; shift += 8)
        hash = (hash ^ (number >> shift & 0xFFU)) * 0x100000001B3U;
    }
  }
  MinutePrints prints;
  for (const auto& [minute, hash] : hashes)
    prints[minute] = static_cast<std::uint32_t>(hash ^ hash >> 32U);
  return prints;
}

std::string Packed(const MinutePrints& prints) {
  std::string bytes;
  for (const auto& [minute, print] : prints) {
    bytes += static_cast<char>(minute);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(print >> shift);
  }
  return bytes;
}

MinutePrints Unpacked(std::string_view packed) {
  MinutePrints prints;
  for (std::size_t at = 0; at + 5 <= packed.size(); at += 5) {
    std::uint32_t print = 0;
    for (unsigned i = 0; i < 4; ++i)
      print |= static_cast<std::uint32_t>(static_cast<unsigned char>(packed[at + 1 + i])) << 8 * i;
    prints[static_cast<unsigned char>(packed[at])] = print;
  }
  return prints;
}

std::size_t SharedMinutes(const MinutePrints& prints, const MinutePrints& others) {
  std::size_t shared = 0;
  for (const auto& [minute, print] : prints) {
    const auto found = others.find(minute);
    if (found != others.end() && found->second == print) ++shared;
  }
  return shared;
}

}  // namespace loadcurve::store
