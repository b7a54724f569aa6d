#include "mount.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/vfs.h>

/*
 * f_type of statfs(2).  FUSE is not among them: most of it (fuse-overlayfs,
 * ntfs-3g) is of one machine, and what is not cannot be told apart.
 */
static const uint32_t remote[] = {
	0x00006969, /* NFS */
	0x0000517b, /* SMB */
	0x0000564c, /* NCP */
	0x00c36400, /* CephFS */
	0x01021997, /* 9P */
	0x01161970, /* GFS2 */
	0x0bd00bd0, /* Lustre */
	0x47504653, /* GPFS */
	0x5346414f, /* AFS */
	0x6b414653, /* kAFS */
	0x73757245, /* Coda */
	0x7461636f, /* OCFS2 */
	0xfe534d42, /* SMB 2 */
	0xff534d42, /* CIFS */
};

bool
mount_is_remote(const char *path)
{
	struct statfs st;

	if (statfs(path, &st) != 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)st.f_type == remote[i])
			return true;
	return false;
}
