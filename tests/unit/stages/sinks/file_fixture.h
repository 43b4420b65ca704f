// What the tests of the sink `file` share: a folder of their own, and its parts run by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {

void register_file_sink(Registry& registry);

/// Runs the parts of a file sink in the way a graph does: gather, rewrite, add the ending, write.
class FileSinkRun {
 public:
  FileSinkRun(Parts parts, StageContext& context) : parts_(std::move(parts)), context_(context) {
    if (parts_.size() == 1) return;
    auto& rewrite = std::get<RewritePart>(parts_[1]);
    scratch_ = rewrite.bound(std::get<GatherPart>(parts_[0]).output_buffer.bytes);
    rewrite_ = rewrite.make().value();
    frames_.emplace(
        BufferPoolSizes{3, std::get<GatherPart>(parts_[0]).output_buffer.bytes, 0, scratch_});
  }

  Sink& sink() { return *std::get<SinkPart>(parts_[parts_.size() - 1]).sink; }
  Status open() { return sink().open(context_); }

  Result<Next> write(const Batch& batch) {
    if (parts_.size() == 1) return sink().write(batch);
    std::uint64_t position = 0;
    while (position < batch.byte_count()) {
      if (!frame_) frame_ = frames_->empty();
      const auto step =
          std::get<GatherPart>(parts_[0]).gather->gather(batch, position, *frame_).value();
      position = step.position;
      if (!step.full) continue;
      Status sent = send();
      if (!sent) return std::move(sent).error();
    }
    return Next::again;
  }

  Status finish() {
    if (frame_ && std::get<GatherPart>(parts_[0]).gather->finish(*frame_).value()) {
      Status sent = send();
      if (!sent) return sent;
    }
    if (parts_.size() > 1) {
      Status ended = send_ending();
      if (!ended) return ended;
    }
    return sink().finish();
  }

  /// Opens, writes and finishes; or stops at the first error.
  Status run(const std::vector<BatchPtr>& batches) {
    Status status = open();
    for (const BatchPtr& batch : batches) {
      if (!status) return status;
      Result<Next> next = write(*batch);
      if (!next) status = std::move(next).error();
    }
    return status ? finish() : std::move(status);
  }

  /// Of all frames so far.
  std::uint64_t frame_records() const { return frame_records_; }

 private:
  Status send() {
    BatchPtr frame = std::move(frame_);
    frame_records_ += frame->record_count();
    const std::span<char> out = frame->buffer()->take_scratch(scratch_);
    const std::size_t size = *rewrite_->rewrite(*frame, out).value();
    frame->set_bytes({out.data(), size}, frame->record_count());
    EXPECT_TRUE(ending().passes(*frame));
    return write_frame(*frame);
  }

  Status send_ending() {
    while (true) {
      const BatchPtr out = frames_->empty();
      const Next next = ending().finish(*out).value();
      if (next == Next::finished) return Done{};
      Status written = write_frame(*out);
      if (!written || next == Next::input) return written;
    }
  }

  Status write_frame(const Batch& frame) {
    Result<Next> next = sink().write(frame);
    if (!next) return std::move(next).error();
    return Done{};
  }

  Expander& ending() { return *std::get<ExpanderPart>(parts_[2]).expander; }

  Parts parts_;
  StageContext& context_;
  std::size_t scratch_ = 0;
  std::unique_ptr<Rewrite> rewrite_;
  std::optional<TextBatches> frames_;
  BatchPtr frame_;
  std::uint64_t frame_records_ = 0;
};

class FileSinkFixture : public testing::Test {
 protected:
  FileSinkFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "file_sink_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~FileSinkFixture() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  static Value path(const std::string& text) { return Value::scalar(text); }
  static bool exists(const std::string& path) { return std::filesystem::exists(path); }

  static std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
  }

  /// Writes `texts`, a batch each, with a context of its own.
  Status write(StageRig::Options options, const std::vector<std::string>& texts,
               Io& io = Io::system()) {
    StageRig rig(register_file_sink, io);
    FileSinkRun run(rig.parts(options), rig.context());
    std::vector<BatchPtr> batches;
    for (const std::string& text : texts) batches.push_back(batches_.make(text));
    return run.run(batches);
  }

  std::filesystem::path folder_;
  TextBatches batches_;
};

}  // namespace sluice
