// The pictures among files and folders.

export const AT_MOST = 1000;

/** A system that does not know a format gives its files no type. @param {{type: string, name: string}} file */
export const isPicture = ({ type, name }) => type.startsWith("image/") || /\.(hei[cf]|avif|tiff?|webp)$/i.test(name);

/**
 * What was dropped or pasted, with what lies in folders, however deep. The browser empties `data` when the event is
 * over: what is in it is taken before the first wait.
 * @param {DataTransfer} data
 * @returns {Promise<File[]>} the first thousand pictures
 */
export async function picturesIn(data) {
  const files = [...data.files];
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.some((entry) => entry.isDirectory)) return files.filter(isPicture).slice(0, AT_MOST);
  /** @type {File[]} */
  const found = [];
  for (let entry = entries.shift(); entry && found.length < AT_MOST; entry = entries.shift()) {
    if (entry.isDirectory) entries.push(...await inside(/** @type {FileSystemDirectoryEntry} */ (entry)));
    else found.push(...[await fileOf(/** @type {FileSystemFileEntry} */ (entry))].filter(isPicture));
  }
  return found;
}

/** A reader gives some of the entries each time, and none when there are no more. @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function inside(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return found;
    found.push(...some);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
const fileOf = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });
