import { prepareSqlite } from './sqlite';

export default prepareSqlite;
