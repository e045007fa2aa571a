/// @file
/// One machine's view of a file server through an NFS client and its caches. A machine uses one in
/// place of the file_system that several machines share.
#pragma once

#include "sim/engine/random_stream.hpp"
#include "sim/world/file_system.hpp"
#include "sim/world/storage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// How a client is mounted.
struct nfs_settings {
    duration attribute_cache = std::chrono::seconds(3);  ///< acregmin and acdirmin; 0: noac
    double lost_reply_share =
        0;  ///< probability that a call that changes names is repeated although it succeeded
    duration repeated_after = std::chrono::seconds(1);       ///< if a reply is lost
    duration written_back_after = std::chrono::seconds(30);  ///< maximum of unflushed bytes
    std::uint64_t seed = 0;                                  ///< of lost replies
};

/// An NFS (version 3) client of one machine. The server acknowledges a change only once it is on
/// its disk (Linux's default export, `sync`).
///
/// It differs from a local file system only in the following:
/// - Names, listings and attributes are cached for `attribute_cache` after they were last read,
///   also those of absent names; the client sees its own changes at once.
/// - Close-to-open: bytes reach the server at sync() and close() (or when old); open() revalidates
///   the file's state.
/// - A call that changes names is repeated if its reply is lost. The second attempt finds the
///   change already made: rename and remove return `not_found`, an exclusive open and link
///   `exists`.
/// - A file that is removed or replaced while this machine has it open is renamed to .nfsXXXX and
///   removed when closed; a crash leaves that name for ever. A file removed by another machine is
///   stale: reads and writes fail with `io`.
/// - Appending writes at the end that the client sees: two machines that append overwrite each
///   other.
/// - A crash of the machine loses only what it has not flushed.
/// @safety for use by one engine and one machine
/// @source nfs(5); Linux fs/nfs; RFC 1813, section 4.1 on repeated requests
class nfs_client final : public storage {
public:
    /// @param server  must outlive the client
    explicit nfs_client(file_system& server, nfs_settings settings = {});

    machine_number attach() override { return server_.attach(); }

    /// Of what happens on the server a client's kernel sees what it does itself.
    result<inode_ptr> watchable(const std::string& path) override {
        return server_.watchable(path);
    }

    result<open_file> open(caller& by, const std::string& path, open_mode mode,
                           permissions mode_bits) override;
    result<void> write(caller& by, open_file& file, std::string_view bytes) override;
    result<shared_bytes> read(caller& by, open_file& file) override;
    result<void> sync(caller& by, open_file& file) override;
    result<void> close(caller& by, open_file& file) override;
    void drop(open_file& file) noexcept override;
    result<void> rename(caller& by, const std::string& from, const std::string& to) override;
    result<void> rename_new(caller& by, const std::string& from, const std::string& to) override;
    [[nodiscard]] bool renames_new() const noexcept override { return false; }
    result<void> link(caller& by, const std::string& from, const std::string& to) override;
    result<void> remove(caller& by, const std::string& path) override;
    result<file_information> information(caller& by, const std::string& path) override;
    result<void> make_directory(caller& by, const std::string& path,
                                permissions mode_bits) override;
    result<void> sync_directory(caller& by, const std::string& path) override;
    result<void> list(caller& by, const std::string& path, const name_visitor& visit) override;

    void machine_crashed(machine_number machine, virtual_time now, choice_source& choices) override;

    /// A stall of the server stalls its clients.
    [[nodiscard]] virtual_time stalled_until() const noexcept override;

private:
    using place = file_system::place;
    using names = std::vector<std::string>;

    struct pending_write {
        std::size_t offset;
        std::string bytes;
    };

    // What the client knows about a file.
    struct file_state {
        std::uint32_t open = 0;  // handles
        std::vector<pending_write> unflushed;
        virtual_time unflushed_since{};
        std::optional<shared_bytes> pages;  // content as read
        file_information attributes{};
        std::uint64_t change = 0;  // the server's, when attributes and pages were fetched
        virtual_time checked = virtual_time::min();
        inode_ptr hidden_in;  // if it has a .nfs name
        std::string hidden_as;
    };

    template <class T>
    struct cached {
        T value{};
        virtual_time checked = virtual_time::min();
    };

    [[nodiscard]] bool fresh(virtual_time checked, const caller& by) const {
        return by.now < add(checked, settings_.attribute_cache);
    }
    [[nodiscard]] static caller at_server(const caller& by);
    bool reply_lost(caller& by);
    template <class Change>
    result<void> change_names(caller& by, Change&& change);

    inode_ptr look(const caller& by, const place& p);
    void learn(const caller& by, const place& p, inode_ptr node);
    void forget_names();
    void forget_old(const caller& by);
    file_state& state_of(const inode_ptr& node) { return files_[node->number]; }
    void check(const caller& by, file_state& state, const inode& node);
    [[nodiscard]] bool is_open(const inode_ptr& node) const;
    void hide(const caller& by, const place& p);
    result<void> flush(const caller& by, const open_file& file, file_state& state);
    void write_at_server(const caller& by, const inode_ptr& node, const pending_write& w,
                         const std::string& path, result<void>& outcome);

    file_system& server_;
    nfs_settings settings_;
    random_stream lost_replies_;
    std::uint32_t hidden_ = 0;
    std::size_t forget_at_ = 1024;
    std::map<std::pair<std::uint64_t, std::string>, cached<inode_ptr>> names_;  // by directory
    std::map<std::uint64_t, cached<std::shared_ptr<const names>>> listings_;    // by directory
    std::map<std::uint64_t, file_state> files_;                                 // by inode number
    std::map<std::uint64_t, inode_ptr> written_;  // files with unflushed bytes
};

}  // namespace qslice::sim
