#include "stages/support/dictionary_file.h"

#include <fcntl.h>

#include <cstddef>
#include <span>

namespace sluice {
namespace {

constexpr std::size_t limit_bytes = std::size_t{16} << 20U;
constexpr std::size_t read_bytes = std::size_t{128} << 10U;

}  // namespace

Result<std::shared_ptr<const ZstdDictionary>> load_dictionary(Io& io, const std::string& path) {
  Result<File> file = File::open(io, path, O_RDONLY);
  if (!file) return std::move(file).error();
  std::string bytes;
  while (bytes.size() <= limit_bytes) {
    const std::size_t before = bytes.size();
    bytes.resize(before + read_bytes);
    const Result<std::size_t> count = file.value().read(std::span(bytes).subspan(before));
    if (!count) return count.error();
    bytes.resize(before + count.value());
    if (count.value() > 0) continue;
    auto dictionary = ZstdDictionary::load(bytes);
    if (!dictionary) dictionary.error().file = path;
    return dictionary;
  }
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = "zstd: a dictionary of more than 16 MiB";
  error.file = path;
  return error;
}

Result<CodecSettings> DictionaryFile::load() {
  std::call_once(is_loaded_, [&] {
    if (path_.empty()) return;
    auto dictionary = load_dictionary(io_, path_);
    if (dictionary) {
      settings_ = CodecSettings{std::move(dictionary).value()};
    } else {
      settings_ = std::move(dictionary).error();
    }
  });
  return settings_;
}

}  // namespace sluice
