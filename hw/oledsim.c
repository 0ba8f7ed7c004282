// SPDX-License-Identifier: GPL-2.0-only
/*
 * An I2C bus with one listener on it, for tests of an OLED's driver: what is written to the address is kept, byte for
 * byte, and nothing else answers. i2c-stub is of no use there: it has no plain I2C transfers (i2c_rdwr).
 *
 *   debugfs oledsim/log   every message written: its length as two bytes, low first, then its bytes. Writing empties it.
 *   parameter addr        the address that answers (0x3c)
 *   parameter fail        so many transfers from now on are refused, as by a display that was pulled off its plug
 *
 * Who does not answer gets EREMOTEIO, as on a Raspberry Pi.
 */
#include <linux/debugfs.h>
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#define LOG_BYTES (4u << 20)

static unsigned short addr = 0x3c;
module_param(addr, ushort, 0444);
static int fail;
module_param(fail, int, 0644);

static DEFINE_MUTEX(busy);
static u8 *kept;
static size_t kept_bytes;
static struct dentry *folder;

static void keep(const struct i2c_msg *message)
{
	if (kept_bytes + 2 + message->len > LOG_BYTES)
		return;
	kept[kept_bytes++] = message->len & 0xff;
	kept[kept_bytes++] = message->len >> 8;
	memcpy(kept + kept_bytes, message->buf, message->len);
	kept_bytes += message->len;
}

static int transfer(struct i2c_adapter *bus, struct i2c_msg *messages, int count)
{
	int done;

	mutex_lock(&busy);
	for (done = 0; done < count; done++) {
		if (messages[done].addr != addr)
			break;
		if (fail > 0) {
			fail--;
			break;
		}
		if (messages[done].flags & I2C_M_RD)
			memset(messages[done].buf, 0, messages[done].len); /* status: the display is on */
		else
			keep(&messages[done]);
	}
	mutex_unlock(&busy);
	return done == count ? count : -EREMOTEIO;
}

static u32 abilities(struct i2c_adapter *bus)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm wire = {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	.xfer = transfer,
#else
	.master_xfer = transfer,
#endif
	.functionality = abilities,
};

static struct i2c_adapter bus = { .owner = THIS_MODULE, .algo = &wire, .name = "oledsim" };

static ssize_t log_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	ssize_t given;

	mutex_lock(&busy);
	given = simple_read_from_buffer(to, size, at, kept, kept_bytes);
	mutex_unlock(&busy);
	return given;
}

static ssize_t log_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	mutex_lock(&busy);
	kept_bytes = 0;
	mutex_unlock(&busy);
	return size;
}

static const struct file_operations log_file = {
	.owner = THIS_MODULE, .read = log_read, .write = log_write, .llseek = default_llseek,
};

static int __init begin(void)
{
	int error;

	kept = vmalloc(LOG_BYTES);
	if (!kept)
		return -ENOMEM;
	error = i2c_add_adapter(&bus);
	if (error) {
		vfree(kept);
		return error;
	}
	folder = debugfs_create_dir("oledsim", NULL);
	debugfs_create_file("log", 0600, folder, NULL, &log_file);
	return 0;
}

static void __exit end(void)
{
	debugfs_remove(folder);
	i2c_del_adapter(&bus);
	vfree(kept);
}

module_init(begin);
module_exit(end);
MODULE_DESCRIPTION("I2C bus with one listener that keeps what is written to it, for tests");
MODULE_LICENSE("GPL");
