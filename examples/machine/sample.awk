# One process for as long as it runs: it keeps the counters of the second
# before.  POSIX awk, LC_ALL does not matter.  A file is written under a
# hidden name and renamed into place, so no reader ever sees half of it.

function text(s)
{
	gsub(/[^ -~]/, "?", s)
	gsub(/[\\"]/, "\\\\&", s)
	return "\"" s "\""
}

# Write later: all renames of a second are one command.
function put(name, body, hidden)
{
	hidden = name
	sub(/[^\/]*$/, ".&.tmp", hidden)
	print body >(state "/" hidden)
	close(state "/" hidden)
	renames = renames "mv " quoted(state "/" hidden) " " \
	    quoted(state "/" name) "; "
	written[name] = round
}

function quoted(s)
{
	gsub(/'/, "'\\''", s)
	return "'" s "'"
}

# A disk or an interface that is gone.
function forget(name)
{
	for (name in written)
		if (written[name] < round && name ~ /^network/ ||
		    written[name] < disks_round && name ~ /^disks/) {
			renames = renames "rm -f " quoted(state "/" name) "; "
			delete written[name]
		}
}

function mib(bytes)
{
	return sprintf("%.1f", bytes / 1048576)
}

# Per second since the sample before; 0 the first time.
function rate(name, now, was)
{
	was = (name in counter) ? counter[name] : now
	counter[name] = now
	return elapsed > 0 && now > was ? (now - was) / elapsed : 0
}

# Rows of one shape make one table.
function machine(name, used, total, unit, detail)
{
	put("machine/" name ".json", sprintf( \
	    "{\"used_percent\":%.0f,\"used\":%s,\"total\":%s,\"unit\":\"%s\",\"detail\":%s}",
	    total > 0 ? 100 * used / total : 0, used, total, unit, text(detail)))
}

# "1.48 0.91 0.57 2/263 …"; comes after cpu(), which counts the cores.
function load(line, f)
{
	getline line <"/proc/loadavg"
	close("/proc/loadavg")
	split(line, f, /[ \/]/)
	machine("load", f[1], cores, "busy threads",
	    f[2] " in 5 min, " f[3] " in 15 min; " f[5] " threads")
}

function percent(part, total)
{
	return sprintf("%.0f %%", total > 0 ? 100 * part / total : 0)
}

# The line of all cores: user nice system idle iowait irq softirq steal.
function cpu(line, f, i, total, busy)
{
	cores = 0
	while ((getline line <"/proc/stat") > 0 && line ~ /^cpu/)
		if (line ~ /^cpu /)
			split(line, f, " ")
		else
			cores++
	close("/proc/stat")
	for (i = 2; i <= 9; i++)
		total += f[i] = rate("cpu " i, f[i])
	busy = total - f[5] - f[6]
	machine("cpu", sprintf("%.2f", total > 0 ? cores * busy / total : 0),
	    cores, "cores", "user " percent(f[2] + f[3], total) ", system " \
	    percent(busy - f[2] - f[3], total) ", waiting " percent(f[6], total))
}

function memory(line, f, m)
{
	while ((getline line <"/proc/meminfo") > 0) {
		split(line, f, /:? +/)
		m[f[1]] = f[2] / 1024
	}
	close("/proc/meminfo")
	machine("memory", sprintf("%.0f", m["MemTotal"] - m["MemAvailable"]),
	    sprintf("%.0f", m["MemTotal"]), "MiB",
	    sprintf("%.0f MiB of files cached", m["Cached"]))
	machine("swap", sprintf("%.0f", m["SwapTotal"] - m["SwapFree"]),
	    sprintf("%.0f", m["SwapTotal"]), "MiB", "")
}

# "eth0: 1 2 3…": received bytes are the first number, sent ones the ninth.
function network(line, name, f)
{
	while ((getline line <"/proc/net/dev") > 0) {
		if (line !~ /:/)
			continue
		name = line
		sub(/:.*/, "", name)
		gsub(/[ \/]/, "", name)
		sub(/.*:/, "", line)
		split(line, f, " ")
		put("network/" name ".json", sprintf( \
		    "{\"received_mib\":%s,\"sent_mib\":%s,\"received_kib_s\":%.1f,\"sent_kib_s\":%.1f,\"errors\":%d}",
		    mib(f[1]), mib(f[9]), rate("rx " name, f[1]) / 1024,
		    rate("tx " name, f[9]) / 1024, f[3] + f[11]))
	}
	close("/proc/net/dev")
}

# df -P: device, KiB, used, available, percent, mount point (with spaces).
# The first of several mounts of a device stands for it.  In a chroot / is no
# mount, and is asked for by name.
function disks(df, line, f, name, mount, seen)
{
	if (round % 5 != 1)
		return
	disks_round = round
	df = "{ LC_ALL=C df -Pkl -x tmpfs -x devtmpfs -x squashfs; " \
	    "LC_ALL=C df -Pk /; } 2>/dev/null"
	while ((df | getline line) > 0) {
		split(line, f, " ")
		if (f[2] !~ /^[1-9][0-9]*$/ || f[1] in seen)
			continue
		seen[f[1]] = 1
		mount = line
		sub(/^[^%]*% /, "", mount)
		name = mount
		gsub(/[\/ ]+/, "_", name)
		sub(/^_/, "", name)
		put("disks/" (name == "" ? "root" : name) ".json", sprintf( \
		    "{\"mount\":%s,\"device\":%s,\"size_mib\":%.0f,\"used_mib\":%.0f,\"free_mib\":%.0f,\"used_percent\":%d}",
		    text(mount), text(f[1]), f[2] / 1024, f[3] / 1024,
		    f[4] / 1024, f[5]))
	}
	close(df)
}

# /proc/PID/stat: "PID (any name) STATE PPID …"; of what follows the name,
# 12 and 13 are its ticks, 18 its threads, 20 its birth, 22 its pages.
function process(pid, file, line, f, name, self, used, resident)
{
	file = "/proc/" pid "/stat"
	if ((getline line <file) <= 0)
		return # it has just ended
	close(file)
	name = line
	sub(/^[^(]*\(/, "", name)
	sub(/\)[^)]*$/, "", name)
	sub(/^.*\) /, "", line)
	split(line, f, " ")
	self = pid " " f[20]
	alive[self] = round
	used = 100 * rate(self, f[12] + f[13]) / ticks
	resident = f[22] * page
	body[pid] = sprintf("{\"pid\":%d,\"name\":%s,\"state\":\"%s\",\"cpu_percent\":%.0f,\"resident_mib\":%.0f,\"threads\":%d}",
	    pid, text(name), f[1], used, resident / 1048576, f[18])
	weight[pid] = used * 1e12 + resident
}

# Takes the heaviest out of weight; "" when none is left.
function heaviest(pid, best)
{
	best = ""
	for (pid in weight)
		if (best == "" || weight[pid] > weight[best])
			best = pid
	delete weight[best]
	return best
}

function processes(ls, pid, i, out, self)
{
	ls = "ls /proc"
	while ((ls | getline pid) > 0)
		if (pid ~ /^[0-9]+$/)
			process(pid)
	close(ls)
	for (i = 0; i < 20 && (pid = heaviest()) != ""; i++)
		out = out (out == "" ? "" : ",") "\n" body[pid]
	put("processes.json", "{\"processes\":[" out "\n]}")
	for (pid in weight)
		delete weight[pid]
	for (self in alive)
		if (alive[self] < round) {
			delete alive[self]
			delete counter[self]
		}
}

BEGIN {
	# Left by an earlier run: gone unless they are written again.
	ls = "cd " quoted(state) " && ls disks/*.json network/*.json 2>/dev/null"
	while ((ls | getline name) > 0)
		written[name] = 0
	close(ls)
	for (round = 1;; round++) {
		getline line <"/proc/uptime"
		close("/proc/uptime")
		split(line, field, " ")
		elapsed = round > 1 ? field[1] - uptime : 0
		uptime = field[1]
		renames = ""
		cpu()
		load()
		memory()
		network()
		disks()
		processes()
		forget()
		if (system(renames "sleep 1") != 0)
			exit 1
	}
}
