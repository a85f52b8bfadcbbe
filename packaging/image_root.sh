#!/usr/bin/env bash
# The file system of the image, made once for Dockerfile and `./dev package`: image_root.sh PROGRAM FOLDER
#
# The program, the shared libraries that ldd names (with the dynamic loader, at the paths where it looks for them), the
# certificates of public authorities, and a user. Everything else of a static image would be OpenSSL and glibc built by
# hand, which would no longer get Debian's security updates. glibc resolves names with /etc/hosts, /etc/resolv.conf and DNS
# without any plug-in library. No shell, no package manager.
set -euo pipefail
program="$1" root="$2"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

[[ ! -e "$root" ]] || { echo "image_root.sh: $root is there already" >&2; exit 1; }
umask 022
mkdir -p "$root"/usr/bin "$root"/etc/ssl/certs "$root"/etc/vmcp "$root"/tmp
install -m 755 "$program" "$root/usr/bin/vmcp"
# The libraries are at the paths of the system: the program's own path for those of the archive is not needed.
cmake -DFILE="$root/usr/bin/vmcp" -P "$source_folder/packaging/remove_rpath.cmake"
ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do
    install -D -m 755 "$library" "$root$library"
done
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
echo 'vmcp:x:65532:65532:vmcp:/tmp:/usr/bin/vmcp' >"$root/etc/passwd"
echo 'vmcp:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
install -m 644 "$source_folder/LICENSE" "$root/LICENSE"
find "$root" -type d -exec chmod 755 {} +
chmod 1777 "$root/tmp"
