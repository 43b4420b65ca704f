#include "stages/support/duplex_peer.h"

#include <utility>

namespace sluice {
namespace {

class PeerInput final : public Sink {
 public:
  explicit PeerInput(std::shared_ptr<DuplexPeer> peer) : peer_(std::move(peer)) {}
  bool may_block() const override { return true; }
  Result<Next> write(const Batch& batch) override { return peer_->write(batch); }
  Status flush() override { return peer_->flush(); }
  Status end_input() override {
    peer_->end_input();
    return Done{};
  }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<DuplexPeer> peer_;
};

class PeerOutput final : public Source {
 public:
  explicit PeerOutput(std::shared_ptr<DuplexPeer> peer) : peer_(std::move(peer)) {}
  Status open(StageContext& /*context*/) override { return peer_->open(); }
  bool may_block() const override { return true; }
  Result<Next> read(Batch& batch) override { return peer_->read(batch); }
  std::unique_ptr<Loader> make_loader() override { return peer_->make_loader(); }
  void stop() noexcept override { peer_->stop(); }

 private:
  std::shared_ptr<DuplexPeer> peer_;
};

}  // namespace

void add_ends(Parts& parts, std::shared_ptr<DuplexPeer> peer, ByteSize longest_record,
              std::vector<std::string> notes) {
  SinkPart input{std::make_unique<PeerInput>(peer)};
  input.notes = std::move(notes);
  parts.add(std::move(input));
  parts.add(SourcePart{std::make_unique<PeerOutput>(std::move(peer)), longest_record,
                       /*has_loader=*/true});
}

}  // namespace sluice
